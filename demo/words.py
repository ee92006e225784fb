"""Ordinary English words, and clauses made of them, so that a model meets many words that are no entity (pure data)."""

from random import Random
from typing import Final


def _list(words: str) -> tuple[str, ...]:
    return tuple(words.split())


_VERBS: Final = _list("""
    accepted added adjusted agreed allowed answered arranged arrived asked assisted attended avoided became
    began booked breathed brought called cancelled cared carried changed checked chosen cleared climbed closed
    compared completed confirmed considered contacted continued copied corrected counted covered cried decided
    delayed delivered described detailed determined discussed documented driven dropped eaten encouraged ended
    entered established examined expected explained expressed finished followed forgotten found fulfilled
    gained gathered given guided handled happened heard helped hoped identified improved included increased
    informed interviewed introduced invited joined kept known learned lifted listed listened lived located
    looked maintained managed measured mentioned missed moved needed noticed objected observed obtained
    offered opened organized paid passed performed permitted placed preferred prepared presented printed
    promised provided questioned raised reached read received recognized recommended recorded reduced refused
    regarded reminded removed repeated replaced requested required rested returned reviewed rolled scheduled
    searched seen selected sent settled shared shown signed slept smiled spoken stayed stopped supported
    talked thanked thought told touched transferred travelled tried troubled turned understood updated used
    visited waited walked washed watched worked worried written
""")
_NOUNS: Final = _list("""
    account advice afternoon agreement aim alarm amount answer apartment appetite appointment area arrangement
    assistant background bathroom bed bedside beginning bill blanket board book bottle break building bus
    business cane card care caregiver case cause center chair chance chapter chart child children church
    circle clinic clothes coffee colleague comfort community company computer condition contact conversation
    copy corner counter country couple course cup daily danger daughter day decision desk detail diary diet
    difference dinner discussion distance doctor door doubt drink driver duty education effort employer end
    entry evening event exercise experience explanation eye face fact family feeling field file finding floor
    folder food form friend future garden goal group guest habit hall hand handover help history home hope
    hour house household idea information insurance interest interpreter interval item job journey key kitchen
    language laundry letter level life light limit line list manager market matter meal meeting member message
    method minute mistake moment money month mood morning music name need neighbour news night noise note
    number nurse office opinion order page paper paperwork parent part partner people person phone picture
    place point position practice preparation problem program progress question reason record region rehearsal
    relative report request residence rest result return review room round safety schedule school seat
    secretary section sense service shift shop shower side signature sister situation skin sleep social soup
    space speech staff stairs start state station step story street student summary summer support surface
    system table talk taxi team telephone thing time topic town training transport travel treatment trip turn
    uncle unit update usual vehicle view visit visitor voice volunteer waiting walk wall water week weekend
    weight window winter wish witness word work worker year
""")
_ADJECTIVES: Final = _list("""
    able absent active actual adequate afraid alert alone angry anxious appropriate available aware bad basic
    better bright brief broad busy calm careful central certain cheerful clean clear close cold comfortable
    common complete complex concerned confident constant content cooperative correct critical current curious
    daily dark detailed different difficult direct dry early easy elderly empty exact excellent experienced
    extra fair familiar final fine firm flat formal fortunate free frequent fresh friendly full further
    general gentle glad good gradual grateful great happy hard healthy heavy helpful honest important
    independent initial interested interesting intact intended joint kind large late lengthy light limited
    little local lonely long loud main major medical minor motivated natural near necessary negative new nice
    normal noted obvious occasional older open ordinary original patient permanent personal physical pleasant
    polite poor positive possible practical present previous private probable proper public quick quiet ready
    real reasonable recent regular relevant reliable remarkable responsible right round sad safe same
    satisfied separate serious shared short significant silent similar simple single sleepy slow small soft
    special stable steady straight strong successful sudden sufficient suitable sure talkative tall thin
    thorough tidy tired tolerable typical unable unchanged uncertain unhappy uneventful unusual urgent useful
    usual various verbal visible warm weak welcome whole willing wise young
""")
_ADVERBS: Final = _list("""
    again almost already also always apparently at_length away badly briefly calmly carefully certainly
    clearly closely constantly correctly currently daily directly early easily entirely especially eventually
    exactly fairly finally formerly forward fully generally gently gradually hardly here however immediately
    indeed initially instead lately later mainly mostly mutually naturally nearly normally obviously
    occasionally often once only otherwise outside overnight partly perhaps personally politely possibly
    presently previously probably promptly properly quickly quietly quite rarely really recently regularly
    repeatedly safely seldom separately shortly simply slightly slowly sometimes soon steadily still strongly
    suddenly thereafter thoroughly together tomorrow unexpectedly usually verbally very well willingly
    yesterday yet
""")
_WORDS: Final = {"verb": _VERBS, "noun": _NOUNS, "adjective": _ADJECTIVES, "adverb": _ADVERBS}

SENTENCES: Final = (
    "The <noun> was <verb> <adverb>.",
    "{His} <noun> is <adjective>.",
    "{He} <adverb> <verb> the <noun>.",
    "An <adjective> <noun> and a <noun> were <verb>.",
    "{He} has <verb> about <noun> and <noun>.",
    "<Adverb>, the <noun> <verb> the <adjective> <noun>.",
    "We <verb> the <noun> with {his} <noun>.",
    "<Noun> <verb>, <noun> <adjective>.",
    "No <noun> was <verb> for the <noun>.",
    "{He} is <adjective> and <adjective>, but not <adjective>.",
    "The <noun> of the <noun> will be <verb> after the <noun>.",
    "Please have the <noun> <verb> before the <adjective> <noun>.",
    "<Noun>: <adjective>, <adjective>.",
    "It was <adjective> that the <noun> <verb> <adverb>.",
    "<Adjective> <noun>.",
    "If the <noun> is <adjective>, the <noun> can be <verb>.",
)
"""Plain sentences; only their grammar matters, so they may read oddly. `<kind>` is a word of that kind."""

TAILS: Final = (
    "as <verb> by the <noun>",
    "according to the <noun>",
    "which was <adjective> and <verb>",
    "and the <noun> was <verb> <adverb>",
    "before the <noun> <verb>",
    "although the <noun> seemed <adjective>",
    "<adverb>",
    "as the <adjective> <noun> <verb>",
    "so that {he} <verb> <adverb>",
    "in a <adjective> <noun>",
    "and <verb> with the <noun>",
)
LEADS: Final = (
    "<Adverb>",
    "As the <noun> <verb>",
    "In the <noun>",
    "After the <adjective> <noun>",
    "According to {his} <noun>",
    "<Verb> by the <noun>",
    "With <adjective> <noun>",
)


def fill(clause: str, random: Random) -> str:
    """The clause with a random word for each `<kind>`; `<Kind>` begins with a capital."""
    words = []
    for word in clause.split(" "):
        opening, _, rest = word.partition("<")
        kind, bracket, after = rest.partition(">")
        if not bracket:
            words.append(word)
            continue
        value = random.choice(_WORDS[kind.lower()]).replace("_", " ")
        words.append(opening + (value.capitalize() if kind[0].isupper() else value) + after)
    return " ".join(words)
