"""WeChat's mini-program platform, and a fake of its server for the demo and the tests."""
