import type { SecretRule } from '../rule.ts';
import { followedBy, letters, named, token } from './shapes.ts';

/** Services that run models. */
export const models: readonly SecretRule[] = [
  token('openai-key', 'critical', 'OpenAI API key', {
    token: 'sk-(?:(?:proj|svcacct|admin|service)-)?[\\w-]{20,100}T3BlbkFJ[\\w-]{20,100}',
    keywords: ['T3BlbkFJ'],
    lead: 'word',
    finds: ['OPENAI_API_KEY=sk-{alnum:20}T3BlbkFJ{alnum:20}', 'sk-proj-{alnum:74}T3BlbkFJ{alnum:74}'],
    ignores: ['T3BlbkFJ', 'sk-{alnum:4}T3BlbkFJ{alnum:20}'],
  }),
  token('anthropic-key', 'critical', 'Anthropic API key', {
    token: 'sk-ant-(?:api|admin|oat|ort)\\d\\d-[\\w-]{80,110}',
    keywords: ['sk-ant-'],
    finds: ['ANTHROPIC_API_KEY=sk-ant-api03-{word:93}AA', 'sk-ant-admin01-{word:93}AA'],
    ignores: ['sk-ant-api03-...', 'sk-ant-api03-{word:20}'],
  }),
  token('huggingface-token', 'high', 'Hugging Face token', {
    token: 'hf_[A-Za-z]{34}',
    keywords: followedBy('hf_', letters),
    entropy: 3.5,
    finds: ['HF_TOKEN=hf_{letters:34}'],
    ignores: ['hf_{letters:10}', 'hf_hub_download'],
  }),
  token('huggingface-organization-token', 'high', 'Hugging Face organization token', {
    token: 'api_org_[A-Za-z]{34}',
    finds: ['api_org_{letters:34}'],
    ignores: ['api_org_name'],
  }),
  token('groq-key', 'high', 'Groq API key', {
    token: 'gsk_[A-Za-z0-9]{52}',
    finds: ['GROQ_API_KEY=gsk_{alnum:52}'],
    ignores: ['gsk_{alnum:12}'],
  }),
  token('replicate-token', 'high', 'Replicate API token', {
    token: 'r8_[A-Za-z0-9]{37}',
    keywords: followedBy('r8_', `${letters}0123456789`),
    finds: ['REPLICATE_API_TOKEN=r8_{alnum:37}'],
    ignores: ['r8_{alnum:8}'],
  }),
  token('perplexity-key', 'high', 'Perplexity API key', {
    token: 'pplx-[A-Za-z0-9]{48}',
    finds: ['pplx-{alnum:48}'],
    ignores: ['pplx-{alnum:8}'],
  }),
  token('xai-key', 'high', 'xAI API key', {
    token: 'xai-[A-Za-z0-9]{80}',
    finds: ['XAI_API_KEY=xai-{alnum:80}'],
    ignores: ['xai-{alnum:20}'],
  }),
  token('nvidia-key', 'high', 'NVIDIA API key', {
    token: 'nvapi-[\\w-]{60,70}',
    finds: ['NGC_API_KEY=nvapi-{word:64}'],
    ignores: ['nvapi-{word:10}'],
  }),
  token('openrouter-key', 'high', 'OpenRouter API key', {
    token: 'sk-or-v1-[a-f0-9]{64}',
    finds: ['sk-or-v1-{hex:64}'],
    ignores: ['sk-or-v1-{hex:8}'],
  }),
  token('langsmith-key', 'high', 'LangSmith API key', {
    token: 'lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}',
    keywords: ['lsv2_pt_', 'lsv2_sk_'],
    finds: ['LANGSMITH_API_KEY=lsv2_pt_{hex:32}_{hex:10}'],
    ignores: ['lsv2_pt_{hex:8}'],
  }),
  token('pinecone-key', 'high', 'Pinecone API key', {
    token: 'pcsk_[A-Za-z0-9]{5,6}_[A-Za-z0-9]{63,64}',
    finds: ['PINECONE_API_KEY=pcsk_{alnum:6}_{alnum:63}'],
    ignores: ['pcsk_{alnum:6}'],
  }),
  token('tavily-key', 'medium', 'Tavily API key', {
    token: 'tvly-(?:dev-|prod-)?[A-Za-z0-9]{32}',
    keywords: ['tvly-'],
    finds: ['tvly-dev-{alnum:32}', 'tvly-{alnum:32}'],
    ignores: ['tvly-{alnum:8}'],
  }),
  named('cohere-key', 'high', 'Cohere API key', {
    names: ['cohere', 'co-api-key'],
    value: '[A-Za-z0-9]{40}',
    entropy: 4,
    finds: ['CO_API_KEY={alnum:40}'],
    ignores: ['cohere: {hex:40}x'],
  }),
  named('mistral-key', 'high', 'Mistral API key', {
    names: ['mistral'],
    more: '[\\w.-]{0,12}key',
    value: '[A-Za-z0-9]{32}',
    entropy: 3.5,
    finds: ['MISTRAL_API_KEY={alnum:32}'],
    ignores: ['MISTRAL_MODEL={alnum:32}'],
  }),
  named('deepseek-key', 'high', 'DeepSeek API key', {
    names: ['deepseek'],
    value: 'sk-[a-f0-9]{32}',
    finds: ['DEEPSEEK_API_KEY=sk-{hex:32}'],
    ignores: ['deepseek: sk-{hex:8}'],
  }),
  named('wandb-key', 'high', 'Weights & Biases API key', {
    names: ['wandb'],
    more: '[\\w.-]{0,12}key',
    value: '[a-f0-9]{40}',
    entropy: 3,
    finds: ['WANDB_API_KEY={hex:40}'],
    ignores: ['WANDB_RUN={hex:8}'],
  }),
  named('elevenlabs-key', 'high', 'ElevenLabs API key', {
    names: ['eleven-labs', 'xi-api-key'],
    value: '(?:sk_)?[a-f0-9]{32,48}',
    entropy: 3,
    finds: ['ELEVENLABS_API_KEY=sk_{hex:48}', 'xi-api-key: {hex:32}'],
    ignores: ['elevenlabs: voice'],
  }),
];
