"""The four people of the demo, and the password that they share."""

DEMO_PASSWORD = "mentor-demo"  # noqa: S105 - printed at every start of the demo
DEMO_SIGN_INS = {
    "tutor": "tutor@demo.test",
    "mentor": "mentor@demo.test",
    "student": "student@demo.test",
    "admin": "admin@demo.test",
}
