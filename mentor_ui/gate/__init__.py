"""Who is acting, may they, and how often: the one place through which every event passes.

Pages use it like this::

    class WalletState(rx.State):
        @rx.event
        @allow(TEACHING)
        async def withdraw(self, amount: str):
            actor = await acting(self)
            done = await writing(lambda session: wallet.withdraw(session, actor, amount))
            if isinstance(done, Refused):
                self.error = done.message
"""

from mentor_ui.gate.acting import acting, current_actor, current_zone
from mentor_ui.gate.live import MINE, follow, payment_topic, room_topic
from mentor_ui.gate.notice import Notice, say
from mentor_ui.gate.policy import Anyone, SignedIn, allow
from mentor_ui.gate.work import Refused, attempting, browsing, browsing_once, reading, writing

__all__ = [
    "MINE",
    "Anyone",
    "Notice",
    "Refused",
    "SignedIn",
    "acting",
    "allow",
    "attempting",
    "browsing",
    "browsing_once",
    "current_actor",
    "current_zone",
    "follow",
    "payment_topic",
    "reading",
    "room_topic",
    "say",
    "writing",
]
