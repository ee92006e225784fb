"""Sentence patterns that no training ever sees: for measuring quality and for the demo's own texts (pure data).

Same notation as in `patterns_train`; no pattern stands in both.
"""

from typing import Final

PATTERNS: Final[dict[str, tuple[str, ...]]] = {
    "opening": (
        "I met {AGE:old} {SEX} today, a {OCCUPATION}, who has been troubled by {PROBLEM:present}.",
        "{SEX}, {AGE:years} years of age, with {PROBLEM:present} and {PROBLEM:present} for {days}.",
        "Our patient, a {AGE:old} {SEX}, noted {PROBLEM:present} after a long day as a {OCCUPATION}.",
        "{AGE:yo} {SEX} ({OCCUPATION}), presenting problem {PROBLEM:present}.",
        "It all started {days} ago, when this {AGE:old} {OCCUPATION} got {PROBLEM:present}.",
        "The {SEX} is {AGE:years} years old and came because of {PROBLEM:present}.",
    ),
    "past": (
        "{His} medical history includes {PROBLEM:past} and, in {year}, {PROBLEM:past}.",
        "{He} was operated on in {year} ({TREATMENT}) because of {PROBLEM:past}.",
        "Old {PROBLEM:past}, healed.",
        "History notable for {PROBLEM:past}.",
        "Previously treated for {PROBLEM:past} elsewhere.",
        "There is a past history of {PROBLEM:past} with {TREATMENT} in {year}.",
        "S/p {TREATMENT} ({year}) for {PROBLEM:past}.",
    ),
    "family": (
        "{PROBLEM:someone_else} runs in the family.",
        "{His} older brother and a cousin have {PROBLEM:someone_else}.",
        "The father had {PROBLEM:someone_else}, the mother {PROBLEM:someone_else}.",
        "Family history of {PROBLEM:someone_else} in {his} daughter.",
        "An aunt was found to have {PROBLEM:someone_else}.",
    ),
    "present": (
        "{He} tells us that {PROBLEM:present} bothers {him} most.",
        "Today we found {PROBLEM:present} as well as {PROBLEM:present}.",
        "Since {weekday} {he} has been having {PROBLEM:present}.",
        "{PROBLEM:present} was noted by the nurse at {time}.",
        "The examination is remarkable for {PROBLEM:present}.",
        "{He} presents with {PROBLEM:present}, which started {days} ago.",
        "Ongoing {PROBLEM:present}, not yet under control.",
        "{His} {PROBLEM:present} continues unchanged.",
        "{He} is bothered by {PROBLEM:present} and {PROBLEM:present} at work.",
    ),
    "absent": (
        "{He} reports no {PROBLEM:absent} or {PROBLEM:absent}.",
        "On questioning, {he} denied {PROBLEM:absent}, {PROBLEM:absent} and {PROBLEM:absent}.",
        "We saw no sign of {PROBLEM:absent}.",
        "Although {he} has {PROBLEM:present}, there is no {PROBLEM:absent}.",
        "The {TEST} was negative for {PROBLEM:absent}.",
        "Absence of {PROBLEM:absent} was confirmed.",
        "{He} does not have {PROBLEM:absent}.",
        "Lungs and heart without {PROBLEM:absent}.",
        "{PROBLEM:absent} has been excluded by {TEST}.",
    ),
    "possible": (
        "This could be {PROBLEM:possible}.",
        "{PROBLEM:possible} is possible and needs a {TEST}.",
        "The {TEST} is suggestive of {PROBLEM:possible}.",
        "We think of {PROBLEM:possible} as the likely cause, perhaps with {PROBLEM:possible}.",
        "Suspected {PROBLEM:possible}, to be confirmed by {TEST}.",
        "There is concern for {PROBLEM:possible}.",
    ),
    "hypothetical": (
        "{He} knows to seek help if {PROBLEM:hypothetical} or {PROBLEM:hypothetical} should develop.",
        "In the event of {PROBLEM:hypothetical}, call an ambulance.",
        "Please look out for {PROBLEM:hypothetical} and {PROBLEM:hypothetical}.",
        "When {PROBLEM:hypothetical} returns, {he} may take {DOSAGE:one} more {FORM} of {DRUG}.",
        "{He} is to phone us for any {PROBLEM:hypothetical}.",
        "{DRUG} {STRENGTH} {FREQUENCY} to prevent {PROBLEM:hypothetical}.",
    ),
    "test": (
        "The outside and our own {TEST} agree: {PROBLEM:present}.",
        "On {weekday} the {TEST} came back at {value}.",
        "{TEST} was obtained and demonstrates {PROBLEM:present}.",
        "We requested a {TEST} and a {TEST}.",
        "Laboratory work: {TEST} {value}, {TEST} {value}.",
        "A new {TEST} will be made in {days}.",
        "Yesterday's {TEST} was fine.",
        "{TEST} not yet available.",
    ),
    "treatment": (
        "{TREATMENT} has been arranged.",
        "We recommend {TREATMENT} because of {PROBLEM:present}.",
        "{He} had {TREATMENT} and later {TREATMENT}.",
        "The {PROBLEM:present} was managed with {TREATMENT}.",
        "{He} is scheduled to undergo {TREATMENT} on {weekday}.",
        "Following {TREATMENT}, {he} was able to get up.",
        "{TREATMENT} was offered and accepted.",
    ),
    "drug": (
        "At home {he} is on {DRUG} {STRENGTH} {ROUTE} {FREQUENCY} and {DRUG} {STRENGTH} {FREQUENCY}.",
        "We began {DRUG}, {STRENGTH} {ROUTE} {FREQUENCY}, to be taken {DURATION}.",
        "Please give {DOSAGE} {FORM:plural} of {DRUG} {ROUTE} {FREQUENCY}.",
        "The dose of {DRUG} was lowered from {STRENGTH} to {STRENGTH} {FREQUENCY}.",
        "{DRUG} {STRENGTH} {ROUTE} was administered on arrival.",
        "{PROBLEM:present} was treated with {DRUG} {STRENGTH} {FREQUENCY} {DURATION}.",
        "{He} left with a prescription for {DRUG} {FORM:mass}, {DOSAGE:volume} {FREQUENCY} {DURATION}.",
        "{DRUG} has been discontinued.",
        "Change {DRUG} to {DRUG} {STRENGTH} {FORM}, {DOSAGE:one} {ROUTE} {FREQUENCY}.",
        "{He} uses {DRUG} {STRENGTH} {FORM:mass} {FREQUENCY} on the skin folds.",
        "Intolerance to {DRUG} is recorded.",
    ),
    "drug_line": (
        "{DRUG}, {STRENGTH}, {ROUTE}, {FREQUENCY}",
        "{DRUG} {STRENGTH} {FORM}: {DOSAGE:one} {ROUTE} {FREQUENCY}",
        "{DRUG} {ROUTE} {STRENGTH} {FREQUENCY} {DURATION}",
        "{DRUG} {STRENGTH} {FORM:mass} {DOSAGE:volume} {ROUTE} {FREQUENCY}",
        "{DRUG}: {DOSAGE} {FORM:plural} {FREQUENCY}",
        "{DRUG} {STRENGTH} {FREQUENCY} ({PROBLEM:present})",
    ),
    "plain": (
        "Appetite and sleep are as before.",
        "The family was present during the visit.",
        "{He} climbs stairs without stopping.",
        "All this was discussed with {him} in detail.",
        "A copy of this text goes to the practice.",
        "Nothing else of note was found.",
        "{He} keeps {his} appointments and is well cared for.",
    ),
}

KIND_SENTENCES: Final[dict[str, tuple[str, ...]]] = {
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

URGENCY_SENTENCES: Final[dict[str, tuple[str, ...]]] = {
    "routine": (
        "An ordinary appointment in some months is enough; nothing is urgent.",
        "Routine visit, no hurry at all.",
        "Elective review at the next yearly check.",
    ),
    "soon": (
        "{He} needs an appointment within days, this week if it can be arranged.",
        "Semi-urgent visit in the coming two weeks.",
        "Please see {him} again early, within a week.",
    ),
    "immediate": (
        "Immediate transfer, the on-call team was paged at once.",
        "Emergency, critical state: no delay, act now.",
        "The doctor was called stat because minutes count.",
    ),
}
