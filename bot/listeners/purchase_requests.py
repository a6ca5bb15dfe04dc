"""What waits for another admin: the limit, and what is approved, declined or withdrawn."""

from __future__ import annotations

from billing.services import purchase_limits, purchase_requests
from billing.values.refusals import PreviewChanged
from bot import sentences
from bot.context import Turn
from bot.views import purchase_limits as limit_views
from bot.views import purchase_requests as views


async def open_limit(turn: Turn) -> None:
    """`/billing approvals`, and the Approvals button of the settings."""
    page = await turn.call(purchase_limits.look_at, turn.value or None)
    await turn.open(limit_views.limit_form(page, turn.actor.user_id, turn.t))


async def change_limit(turn: Turn) -> None:
    """The form was submitted."""
    page = await turn.call(purchase_limits.change, *limit_views.read_limit_form(turn.view))
    await turn.reply(limit_views.limit_changed(page, turn.t))


async def open_review(turn: Turn) -> None:
    """The Approve button: what it would do now."""
    await turn.open(views.review(await turn.call(purchase_requests.review, turn.value), turn.t))


async def approve(turn: Turn) -> None:
    """ "Yes, approve it": what it costs now must be what was shown, else it is shown anew."""
    request_id, expected_quote = views.read_review(turn.view)
    await turn.call(purchase_requests.look_at, request_id)
    await turn.mark_money_may_move()
    try:
        done = await turn.ask_bank(purchase_requests.approve, request_id, expected_quote=expected_quote)
    except PreviewChanged as refusal:
        again = sentences.sentence(refusal, turn.t)
        await turn.show(views.review_again(request_id, refusal.quote, again, turn.t))
        return
    await turn.reply(views.told(done, turn.t))
    await turn.redraw_homes()


async def decline(turn: Turn) -> None:
    """The Decline button, and "Withdraw request"."""
    await turn.reply(views.told(await turn.call(purchase_requests.decline, turn.value), turn.t))
