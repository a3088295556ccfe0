import unittest

import server


class Answers(unittest.TestCase):
    def test_the_root_greets(self):
        self.assertEqual(server.answer("/")[0], 200)
        self.assertIn("greeting", server.answer("/")[1])

    def test_an_unknown_path_is_not_found(self):
        self.assertEqual(server.answer("/nothing")[0], 404)


if __name__ == "__main__":
    unittest.main()
