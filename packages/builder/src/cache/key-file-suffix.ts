/** Of what keys were made of: files beside the outcomes of steps. */
export const keyFileSuffix = '.key';
