"""A pretend Slack: one workspace in memory that speaks Slack's wire to the app, and a page to use it by.

workspace     who and what is in the workspace: people, channels, messages, files, mail
clock         the workspace's clock, which can be turned forward
views         the modals open before each person, and their Homes
blockkit      what Slack accepts as blocks and views, as tables
api           the Web API at /api/<method>
deliveries    what is sent to the app: commands, clicks, submissions, events
dispatcher    sends it, again where it failed; signed_http or sockets carry it
exchange      SdI and a provider of certified mail, with the page's switch
faults        what is ordered to go wrong with calls and deliveries
mailbox       the pretend mail server
gestures      what a person does, from the click to what Slack shows for it
control       the page's and the tests' way to make those gestures
state_routes  and to see what came of them
server        all of it as one ASGI app
session       the billing desk in it; any_app: any other app
"""
