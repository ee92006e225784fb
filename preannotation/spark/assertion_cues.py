"""Trigger phrases for the status of a problem in its sentence, with direction and category (pure data).

The method, triggers with a direction and a scope that conjunctions end, and pseudo triggers that look like a trigger
but are none, is that of NegEx (Chapman et al., "A simple algorithm for identifying negated findings and diseases in
discharge summaries", J Biomed Inform 2001) and ConText (Harkema et al., "ConText: an algorithm for determining
negation, experiencer, and temporal status from clinical reports", J Biomed Inform 2009). The lists are our own.
"""

from typing import Final

PRESENT: Final = "present"
ABSENT: Final = "absent"
POSSIBLE: Final = "possible"
HYPOTHETICAL: Final = "hypothetical"
PAST: Final = "past"
SOMEONE_ELSE: Final = "someone_else"
STATUSES: Final = (PRESENT, ABSENT, POSSIBLE, HYPOTHETICAL, PAST, SOMEONE_ELSE)

# "before" triggers speak of what follows them, "after" triggers of what precedes them.
BEFORE: Final[dict[str, str]] = {
    ABSENT: """no|not|without|denies|denied|denying|deny|negative for|neg for|free of|clear of|absence of|absent
        |never|never had|no evidence of|no evidence for|no evidence to suggest|no sign of|no signs of
        |no history of|no hx of|no new|no acute|no complaints of|no complaint of|no indication of
        |no suspicion of|no suggestion of|no suspicious|no abnormal|no definite|no obvious|no significant
        |no known|no other|no cause of|no further|no focal|no gross|no apparent|no radiographic evidence of
        |no findings of|no findings to indicate|no residual|not have|not had|not having|not show|not shown
        |not demonstrate|not reveal|not appear|not feel|not see|not associated with|not known to have
        |does not have|did not have|doesn't have|didn't have|has not had|hasn't had|cannot see|can't see
        |fails to reveal|failed to show|lack of|lacks|lacked|lacking|rule out|rules out|ruled out
        |ruled her out for|ruled him out for|ruled the patient out for|excludes|excluded|unremarkable for
        |with no|nor|neither|non|non-|none of|nothing to suggest|no longer|no more|resolution of|declined
        |declines|unlikely to be|rather than|instead of|is without|was without|were without|test negative for
        |tested negative for|nil|no mention of|no demonstrable|no detectable|no recurrence of|not complaining of
        |not complain of|not experiencing|not experienced|not reporting|not developed|no episodes of
        |no episode of""",
    POSSIBLE: """possible|possibly|probable|probably|likely|suspect|suspected|suspicion for|suspicion of
        |suspicious for|suspects|may have|may be|might have|might be|could be|could have|cannot exclude
        |can't exclude|not exclude|cannot rule out|can't rule out|not rule out|not ruled out|not been ruled out
        |questionable|question of|concern for|concern of|concerning for|concerns for|worrisome for
        |consistent with|compatible with|suggestive of|suggesting|suggests|suggest|presumed|presumptive
        |presumably|appears to be|appears to have|seems to be|differential includes
        |differential diagnosis includes|differential diagnosis of|differential is|versus|vs|vs.|r/o|perhaps
        |rule the patient out for|to rule out|evaluate for|assess for|evaluation for|evaluation of|thought to be
        |thought to represent|felt to be|felt to represent|most likely|more likely|raises the question of
        |raise the question of|equivocal for|indeterminate for|working diagnosis of|impression of|we consider
        |considered|considering|maybe|may represent|might represent|could represent|favours|favors|query
        |apparent|potential""",
    HYPOTHETICAL: """if|should|in case of|in case|in the event of|return for|return if|return with|call for
        |call if|call with|return to|return sooner for|should he develop|should she develop|should they develop
        |should you|if he|if she|if you|if they|if there is|if there are|if any|if the patient|watch for
        |monitor for|look for|looking for|as needed for|prn for|p.r.n. for|prn|to prevent|prevention of
        |prophylaxis for|prophylaxis against|prophylaxis of|risk of|risk for|risks of|risk include|risks include
        |at risk for|at risk of|warned about|warned of|advised about|counselled about|counseled about
        |educated about|educated on|instructed about|as if|alert for|precautions for|report any|report|notify
        |any new|any|unless|until|would be|would have|signs of|symptoms of|seek care for|develops|develop
        |experiences|experience|notices|contact us for|come back for|come back with|come back if|be vigilant for
        |potential for|whenever|when|were to develop|in order to prevent|to avoid|could lead to|may lead to
        |to look out for""",
    PAST: """history of|history|hx of|hx|h/o|past medical history of|past medical history
        |past medical history significant for|medical history significant for|history significant for
        |history is significant for|history notable for|history is notable for|history remarkable for
        |history is remarkable for|history includes|history included|pmh|pmhx|psh|past surgical history
        |past history|past history of|previous|previously|previously had|previously treated for|prior
        |prior history of|status post|s/p|post|remote|remote history of|former|formerly|old|in the past|past
        |known history of|had had|has had|childhood|as a child|years ago|last year|recovered from
        |after an earlier|an earlier|earlier|since resolved|long-standing history of|recent diagnosis of
        |sequelae of|treated for|operated for|underwent|in childhood|ago|background of|surgical history""",
    SOMEONE_ELSE: """mother|mother's|father|father's|sister|sister's|brother|brother's|aunt|aunt's|uncle|uncle's
        |cousin|cousin's|grandmother|grandmother's|grandfather|grandfather's|grandparent|grandparents|parents
        |parent|sibling|siblings|daughter|daughter's|son|son's|wife|wife's|husband|husband's|spouse|partner's
        |family history of|family history|family history is significant for|family history significant for
        |family history positive for|family hx|fhx|relatives|relative|maternal|paternal|niece|nephew|neighbour
        |neighbor|roommate|colleague|twin|half-brother|half-sister|family members|family member
        |runs in the family|donor|classmate|flatmate|stepfather|stepmother""",
}

AFTER: Final[dict[str, str]] = {
    ABSENT: """is absent|are absent|was absent|were absent|absent|is ruled out|was ruled out|were ruled out
        |has been ruled out|have been ruled out|ruled out|is excluded|was excluded|has been excluded|excluded
        |unlikely|is unlikely|was unlikely|negative|is negative|was negative|are negative|were negative|denied
        |is denied|was denied|are denied|were denied|not seen|is not seen|are not seen|was not seen
        |not identified|not present|not found|not detected|not demonstrated|not noted|not observed|not evident
        |not appreciated|not reported|none|was not|were not|is not|are not|has not|has resolved|have resolved
        |resolved|has cleared|has subsided|is gone|no longer present|free|were never found|was never found""",
    POSSIBLE: """is possible|possible|is suspected|was suspected|suspected|is likely|likely|is probable
        |cannot be excluded|can't be excluded|cannot be ruled out|can't be ruled out|not excluded|not ruled out
        |could not be excluded|not yet excluded|is considered|was considered|is being considered|is questioned
        |is a possibility|remains possible|remains a possibility|to be ruled out|is in the differential
        |on the differential|may be|might be|versus|vs|is a concern|was a concern|should be ruled out
        |must be ruled out|?""",
    HYPOTHETICAL: """occurs|occur|should occur|should develop|develops|recurs|recur|returns|worsens|worsen
        |appears|happens|arises|precautions|prophylaxis|prevention|warnings|were to occur|should return|would be
        |would|screening""",
    PAST: """in the past|years ago|year ago|months ago|decades ago|ago|as a child|as a teenager|in childhood
        |in his youth|in her youth|last year|previously|history|in remission|since resolved|status post|s/p
        |that resolved|before this|at the age of|in earlier years""",
    SOMEONE_ELSE: """in his mother|in her mother|in his father|in her father|in the family|in a sister
        |in a brother|in his brother|in her brother|in his sister|in her sister|in his family|in her family
        |runs in the family|on the mother's side|on the father's side|in a relative|in relatives
        |in first-degree relatives|in her aunt|in his uncle""",
}

# Phrases that contain a trigger's words and mean something else; their words trigger nothing.
PSEUDO: Final = """no increase|day history of|week history of|month history of|hour history of|day history|
        hours history of|days history of|weeks history of|months history of|week history|month history
        |year-old|year old|years old|month-old|months old|week-old|weeks old|day-old|days old
        |no change|no significant change|no interval change|not only|not certain if
        |not certain whether|gram negative|without difficulty|without any further|not necessarily|not drain
        |no doubt|history and physical|history of present illness|history taking|social history
        |history was obtained|past the|poor historian|by history|not clear whether|no increase in|not cause
        |with or without|not extend|no improvement in|when he was seen|if possible|as possible|post op
        |post operative|any further|any other|not improving|not improved|not relieved|not resolved
        |not controlled|not well controlled|not responding"""

# A scope goes no further than one of these words.
TERMINATORS: Final = frozenset(
    {"but", "however", "although", "though", "except", "aside", "apart", "yet", "still", "nevertheless", "which"}
    | {"whereas", "while", "secondary", "because", "since", "due", "presents", "presented", "presenting", ";"}
    | {"complains", "complained", "reports", "reported", "therefore", "currently", "today", "now"}
)
