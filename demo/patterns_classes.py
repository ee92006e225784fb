"""Sentences that tell a note's kind and its urgency, for each split its own (pure data).

Notation as in `patterns_train`.
"""

from typing import Final

from demo.names import HELDOUT, TRAIN

Table = dict[str, tuple[str, ...]]

_TRAIN_KINDS: Final[Table] = {
    "discharge summary": (
        "{He} was discharged home in good condition on {weekday}.",
        "The hospital course was without complications.",
        "{He} stayed in hospital for {days} and went home with family.",
        "Discharged to a nursing home on day {number}.",
        "Admitted on {weekday}, discharged {days} later.",
        "At discharge {he} was stable and walking.",
        "Discharge instructions were given in writing.",
    ),
    "progress note": (
        "Day {number} of the stay, seen on morning rounds.",
        "No events overnight, vital signs stable.",
        "Today {he} feels somewhat better than yesterday.",
        "Seen on rounds at {time} with the team.",
        "We will continue the present plan and see {him} tomorrow.",
        "Remains on {ward}; diet tolerated since yesterday.",
    ),
    "consultation": (
        "Thank you for asking us to see this patient in consultation.",
        "We were consulted by the medical team for advice.",
        "The consulting service will follow along with you.",
        "Our recommendations are listed below.",
        "The question of the consult is further management.",
        "Seen at the request of the primary team.",
    ),
    "emergency note": (
        "Arrived by ambulance at {time}, triage category two.",
        "Brought to the emergency department by paramedics.",
        "{He} was seen immediately in the resuscitation room.",
        "The emergency physician was called to triage.",
        "Disposition from the emergency department: observation.",
        "Ambulance crew gave a handover at {time}.",
    ),
    "referral letter": (
        "Dear colleague, I would be grateful for your opinion.",
        "I am referring this patient to your outpatient clinic.",
        "Thank you for seeing this patient in your clinic.",
        "With kind regards, your general practitioner.",
        "Please let me know what you advise.",
        "I would appreciate an appointment in your department.",
    ),
}

_HELDOUT_KINDS: Final[Table] = {
    "discharge summary": (
        "After {days} in hospital {he} could be discharged home.",
        "Hospital stay from {weekday} on, discharged in stable condition.",
        "The course in hospital was smooth and discharge was possible on day {number}.",
        "On discharge {he} received written instructions.",
    ),
    "progress note": (
        "Overnight stable, seen this morning on rounds.",
        "Hospital day {number}: feels better today.",
        "The team will see {him} again tomorrow on rounds; plan continued.",
        "Yesterday's events were reviewed this morning.",
    ),
    "consultation": (
        "We were asked to see {him} in consultation by the surgical team.",
        "Recommendations of the consulting service follow.",
        "Thank you for this interesting consult; we will follow with you.",
    ),
    "emergency note": (
        "Paramedics brought {him} by ambulance to the emergency department at {time}.",
        "Triage at {time}, taken to the resuscitation room.",
        "Handover from the ambulance; emergency physician at the bedside.",
    ),
    "referral letter": (
        "Dear doctor, thank you for seeing this patient of mine in your outpatient clinic.",
        "I would be grateful for an appointment and your advice.",
        "I am referring {him} for your opinion. Kind regards from the practice.",
    ),
}

_TRAIN_URGENCIES: Final[Table] = {
    "routine": (
        "This is not urgent; the next regular visit is enough.",
        "Routine review in three months.",
        "There is no hurry, an ordinary appointment will do.",
        "Follow up at the yearly check as usual.",
        "Elective, to be planned at leisure some months ahead.",
        "A routine visit next season is sufficient, nothing urgent.",
        "No need to hurry: elective, ordinary waiting list.",
        "Yearly routine appointment, elective.",
    ),
    "soon": (
        "Please arrange a visit within the next two weeks.",
        "{He} should be seen again this week, within days.",
        "An early appointment in the coming days is needed.",
        "Semi-urgent: review within seven days.",
        "The result is wanted before the weekend, early this week.",
        "Early review within two weeks, please.",
        "Semi-urgent, an early place this coming week would be best.",
        "To be arranged within the coming days.",
    ),
    "immediate": (
        "Immediate action is required.",
        "This is an emergency: call the team now.",
        "{He} must be seen at once, without any delay.",
        "Critical: the on-call doctor was paged stat.",
        "Urgent transfer tonight, minutes count.",
        "Act now: critical emergency, no delay.",
        "Paged stat, the on-call team came at once.",
        "Immediate transfer, emergency, minutes count.",
    ),
}

_HELDOUT_URGENCIES: Final[Table] = {
    "routine": (
        "An ordinary appointment in some months is enough; nothing is urgent.",
        "Routine visit, no hurry at all.",
        "Elective review at the next yearly check.",
        "No need of haste: routine, on the ordinary waiting list.",
    ),
    "soon": (
        "{He} needs an appointment within days, this week if it can be arranged.",
        "Semi-urgent visit in the coming two weeks.",
        "Please see {him} again early, within a week.",
        "Early review is needed in the coming days.",
    ),
    "immediate": (
        "Immediate transfer, the on-call team was paged at once.",
        "Emergency, critical state: no delay, act now.",
        "The doctor was called stat because minutes count.",
        "Critical, needs the emergency team at once, tonight.",
    ),
}

KIND_SENTENCES: Final[dict[str, Table]] = {TRAIN: _TRAIN_KINDS, HELDOUT: _HELDOUT_KINDS}
URGENCY_SENTENCES: Final[dict[str, Table]] = {TRAIN: _TRAIN_URGENCIES, HELDOUT: _HELDOUT_URGENCIES}
