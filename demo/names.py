"""Names for the notes: what training sees and what is held back (pure data and a little composing).

The two halves share no drug, problem, test, treatment or occupation. Measures and closed classes (routes, frequencies,
units) are shared, as they are in life.
"""

from dataclasses import dataclass
from itertools import product
from typing import Final

TRAIN: Final = "train"
HELDOUT: Final = "heldout"
SPLITS: Final = (TRAIN, HELDOUT)


@dataclass(frozen=True, slots=True)
class Names:
    """The open classes of one split; no name twice. The `composed` ones are put together from parts, not listed."""

    drugs: tuple[str, ...]
    composed_drugs: tuple[str, ...]
    problems: tuple[str, ...]
    composed_problems: tuple[str, ...]
    tests: tuple[str, ...]
    composed_tests: tuple[str, ...]
    treatments: tuple[str, ...]
    composed_treatments: tuple[str, ...]
    occupations: tuple[str, ...]


def _list(lines: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(" ".join(name.split()) for name in lines.split(",") if name.strip()))


_TRAIN_DRUGS = _list("""
    metoprolol, lisinopril, amlodipine, furosemide, warfarin, aspirin, metformin, insulin glargine,
    levothyroxine, omeprazole, amoxicillin, ciprofloxacin, vancomycin, ceftriaxone, prednisone, albuterol,
    ipratropium, gabapentin, sertraline, citalopram, lorazepam, haloperidol, morphine, oxycodone, paracetamol,
    ibuprofen, diclofenac, tramadol, heparin, enoxaparin, clopidogrel, digoxin, amiodarone, diltiazem,
    spironolactone, losartan, valsartan, ramipril, carvedilol, propranolol, simvastatin, rosuvastatin,
    ezetimibe, gliclazide, sitagliptin, ranitidine, metoclopramide, senna, lactulose, docusate, ferrous
    sulfate, folic acid, vitamin D, potassium chloride, magnesium oxide, fluconazole, acyclovir,
    metronidazole, doxycycline, trimethoprim, nitrofurantoin, clarithromycin, meropenem, gentamicin,
    rifampicin, isoniazid, hydrocortisone, dexamethasone, methotrexate, azathioprine, tacrolimus,
    carbamazepine, lamotrigine, phenytoin, quetiapine, risperidone, lithium, donepezil, tamsulosin,
    finasteride, allopurinol, colchicine, salbutamol, tiotropium, budesonide, cetirizine, diphenhydramine,
    nitroglycerin, hydralazine, clonidine, bisacodyl, cyclophosphamide, cisplatin, tamoxifen, letrozole,
    methadone, naloxone, nicotine, zolpidem, baclofen, bumetanide, minoxidil, verapamil, pioglitazone,
    glipizide, famotidine, calcium carbonate
""")
_HELDOUT_DRUGS = _list("""
    atenolol, enalapril, nifedipine, torasemide, apixaban, rivaroxaban, atorvastatin, pravastatin,
    empagliflozin, insulin lispro, pantoprazole, esomeprazole, azithromycin, levofloxacin, cefazolin,
    cephalexin, linezolid, methylprednisolone, fluticasone, salmeterol, montelukast, pregabalin, duloxetine,
    escitalopram, mirtazapine, diazepam, olanzapine, hydromorphone, fentanyl, naproxen, celecoxib,
    ondansetron, loperamide, cyanocobalamin, valacyclovir, itraconazole, piperacillin, clindamycin,
    levetiracetam, topiramate, valproate, memantine, oxybutynin, febuxostat, loratadine, isosorbide
    mononitrate, candesartan, bisoprolol, ticagrelor, mycophenolate, hydroxychloroquine
""")

# Invented names with usual stems: so many that the model must learn the shape and the place of a drug, not a list.
_ONSETS: Final = _list("""
    ab, bro, cal, dex, eli, fen, gly, hal, ilo, jan, kel, lor, mir, nal, oxa, per, quin, rel, sul, tev, ul,
    vor, xan, yel, zol, tri, cle, pra, do, mo
""")
_MIDDLES: Final = _list("a, ta, di, ro, mi, ve, lo, ni, re, co, pi, su")
_STEMS: Final = _list("""
    olol, pril, sartan, statin, dipine, zepam, cillin, mycin, floxacin, azole, vir, tidine, gliptin,
    gliflozin, xaban, caine, setron, triptan, mab, tinib, phylline, barbital, thiazide, semide, parin, prost,
    cycline, oxetine, pram, done
""")


def _invented_drugs() -> tuple[str, ...]:
    """Every seventh of all compositions: about 1,500 names, each seen rarely."""
    return tuple("".join(parts) for parts in list(product(_ONSETS, _MIDDLES, _STEMS))[::7])


_TRAIN_PROBLEMS = _list("""
    hypertension, type 2 diabetes, asthma, pneumonia, chest pain, heart failure, atrial fibrillation, anemia,
    gout, stroke, seizures, migraine, depression, anxiety, insomnia, fever, nausea, vomiting, diarrhea,
    dizziness, syncope, shortness of breath, palpitations, cough, fatigue, weight loss, chronic kidney
    disease, acute kidney injury, urinary tract infection, cellulitis, sepsis, deep vein thrombosis, coronary
    artery disease, myocardial infarction, hypothyroidism, hyperlipidemia, gastritis, peptic ulcer,
    gallstones, pancreatitis, hepatitis, cirrhosis, jaundice, ascites, hernia, appendicitis, osteoporosis,
    rheumatoid arthritis, lupus, psoriasis, eczema, melanoma, breast cancer, prostate cancer, lymphoma,
    leukemia, dementia, delirium, Parkinson disease, multiple sclerosis, glaucoma, hearing loss, tinnitus,
    vertigo, obesity, malnutrition, dehydration, hyponatremia, hyperkalemia, thrombocytopenia, neutropenia,
    bleeding, hematuria, dysuria, urinary retention, constipation, dysphagia, reflux, wheezing, pleural
    effusion, emphysema, tuberculosis, bronchitis, sleep apnea, night sweats, chills, rash, pruritus,
    headache, weakness, numbness, tremor, confusion, falls, hip fracture, wound infection, pressure sore,
    cardiac arrest, aortic stenosis, mitral regurgitation, pericarditis, varicose veins, carpal tunnel
    syndrome, sciatica
""")
_HELDOUT_PROBLEMS = _list("""
    hypotension, type 1 diabetes, COPD, pulmonary embolism, angina, cardiomyopathy, atrial flutter, iron
    deficiency, osteoarthritis, transient ischemic attack, epilepsy, cluster headache, bipolar disorder, panic
    attacks, lethargy, dyspnea, lightheadedness, hemoptysis, orthopnea, loss of appetite, nephrotic syndrome,
    pyelonephritis, kidney stones, bacteremia, erysipelas, pulmonary hypertension, endocarditis,
    hyperthyroidism, Cushing syndrome, diverticulitis, cholecystitis, Crohn disease, ulcerative colitis, colon
    cancer, lung cancer, ovarian cancer, multiple myeloma, sarcoidosis, scleroderma, shingles, cataract,
    blurred vision, aphasia, hemiparesis, meningitis, neuropathy, hypokalemia, hypercalcemia, leukocytosis,
    melena, hematemesis, polyuria, urinary incontinence, bloating, heartburn, stridor, pneumothorax, croup,
    otitis media, sinusitis, tonsillitis, hives, edema, fainting, unsteadiness, wrist fracture, compartment
    syndrome, aortic aneurysm, heart block, phlebitis, plantar fasciitis, spinal stenosis
""")
_TRAIN_SITES = _list("""
    knee, hip, neck, left arm, right leg, abdominal, pelvic, facial, rib, groin, ankle, lower back, wrist,
    toe, scalp, tongue, heel, left wrist, right ankle, left ear, right eye, throat, breast, chest wall,
    buttock, left knee, right hip, thumb, shin, nose, left hand, right foot, right shoulder blade, chin,
    eyelid, testicular, perianal
""")
_HELDOUT_SITES = _list("shoulder, elbow, flank, left foot, right hand, epigastric, jaw, thigh, upper back, calf")
_FINDINGS: Final = _list("pain, swelling, stiffness, tenderness, cramps, abscess, mass, burning, bruising, ulcer")
_MODIFIERS: Final = _list("severe, mild, worsening, recurrent, chronic, acute, new, intermittent")


def _composed_problems(sites: tuple[str, ...], plain: tuple[str, ...]) -> tuple[str, ...]:
    """`knee pain`, `severe knee pain`, and the plain names with a modifier, `recurrent gout`."""
    local = [f"{site} {finding}" for site, finding in product(sites, _FINDINGS)]
    graded = [f"{modifier} {name}" for modifier, name in list(product(_MODIFIERS, local))[::5]]
    single = [name for name in plain if name.split()[0] not in {"acute", "chronic"}]
    return tuple(local + graded + [f"{modifier} {name}" for modifier, name in list(product(_MODIFIERS, single))[::7]])


_TRAIN_TESTS = _list("""
    chest X-ray, electrocardiogram, complete blood count, urinalysis, blood cultures, CT of the head,
    echocardiogram, troponin, creatinine, hemoglobin, liver function tests, lipid panel, thyroid function
    tests, MRI of the brain, abdominal ultrasound, colonoscopy, spirometry, arterial blood gas, lumbar
    puncture, bone scan, stress test, blood glucose, C-reactive protein, sodium, potassium, platelet count,
    INR, stool culture, mammogram, biopsy, bone marrow examination, skin prick test, Doppler of the legs,
    chest CT, serum iron, uric acid, PSA, ECG, white cell count, sputum culture, coronary angiography,
    cystoscopy, blood pressure, oxygen saturation, heart rate
""")
_HELDOUT_TESTS = _list("""
    CT of the abdomen, hematocrit, D-dimer, lactate, hemoglobin A1c, ferritin, magnesium, bilirubin, lipase,
    urine culture, MRI of the lumbar spine, renal ultrasound, EEG, Holter monitoring, gastroscopy,
    bronchoscopy, pulmonary function tests, PET scan, throat swab, wound swab, BNP, ESR, prothrombin time,
    X-ray of the pelvis, carotid duplex, temperature, respiratory rate, peak flow, nerve conduction studies,
    vitamin B12 level
""")
_TRAIN_TREATMENTS = _list("""
    physiotherapy, appendectomy, hip replacement, coronary artery bypass, hemodialysis, chemotherapy, blood
    transfusion, oxygen therapy, mechanical ventilation, wound care, intravenous fluids, compression
    stockings, cardiac rehabilitation, pacemaker insertion, cholecystectomy, hernia repair, radiation therapy,
    speech therapy, low-salt diet, bed rest, stent placement, cardioversion, debridement, skin graft, eyelid
    surgery, hysterectomy, mastectomy, thyroidectomy, nebulizer treatment, urinary catheter, chest drain,
    plaster cast, cognitive behavioral therapy, smoking cessation, tonsillectomy, knee replacement, ablation,
    amputation, tracheostomy, intubation, diabetic teaching, antibiotics
""")
_HELDOUT_TREATMENTS = _list("""
    occupational therapy, colectomy, shoulder arthroscopy, valve replacement, peritoneal dialysis,
    immunotherapy, plasma exchange, noninvasive ventilation, drainage of the abscess, fluid restriction,
    splinting, pulmonary rehabilitation, defibrillator implantation, laparoscopy, spinal fusion,
    brachytherapy, balance training, gluten-free diet, traction, angioplasty, embolization, negative pressure
    dressing, nephrectomy, lumpectomy, gastric bypass, tube feeding, CPAP, crutches, counseling, walking
    frame, steroids, anticoagulation
""")
_TRAIN_OCCUPATIONS = _list("""
    teacher, bus driver, retired nurse, farmer, electrician, accountant, student, cook, carpenter, cleaner,
    engineer, office clerk, plumber, shop assistant, retired miner, hairdresser, mechanic, lawyer, painter,
    soldier
""")
_HELDOUT_OCCUPATIONS = _list("""
    librarian, truck driver, retired postman, gardener, welder, pharmacist, waiter, bricklayer, security
    guard, journalist, retired dressmaker, fisherman
""")


_ROOTS: Final = _list("""
    gastr, hepat, nephr, card, derm, arthr, oste, my, neur, encephal, bronch, laryng, rhin, ot, blephar,
    cheil, gloss, col, enter, proct, cyst, ureter, oophor, salping, prostat, splen, aden, angi, phleb, chondr,
    tendin, burs, spondyl, cholang, pharyng, myel, thym, thyr, mast, vagin
""")
_PROBLEM_ENDS: Final = _list("itis, opathy, oma, algia, osis, oplegia, ectasia, osclerosis, omalacia, orrhagia")
_PROCEDURE_ENDS: Final = _list("ectomy, oplasty, ostomy, otomy, opexy, orrhaphy")
_TEST_ENDS: Final = _list("oscopy, ography, ogram, ometry")
_MODALITIES: Final = _list("CT, MRI, ultrasound, X-ray, scan, radiograph, sonogram, scintigraphy")
_SITES: Final = _list(
    "chest, sinuses, thyroid, liver, neck, knee, left hip, right wrist, spine, sacrum, orbits, kidneys"
)
_ANALYTES: Final = _list("""
    albumin, amylase, chloride, copper, cortisol, calcium, phosphate, zinc, urea, fibrinogen, haptoglobin,
    insulin, prolactin, renin, lead, estradiol, testosterone, myoglobin, transferrin, ammonia, osmolality,
    bicarbonate, globulin
""")
_ANALYTE_PATTERNS: Final = (
    "serum {}",
    "{} level",
    "plasma {}",
    "urine {}",
    "{}",
    "repeat {}",
    "fasting {}",
    "{} assay",
)
_THERAPIES: Final = _list("""
    therapy, training, replacement, repair, injection, irrigation, stimulation, massage, exercises, support,
    dressing, drainage, fixation, transplantation, infusion, brace, rehabilitation, surgery, education, block,
    monitoring program
""")
_THERAPY_HEADS: Final = _list("""
    light, wrist, tendon, speech, balance, heat, pelvic floor, valve, corneal, nerve, bladder, stem cell,
    joint, nail, electrical, breathing, hormone, vision, saline, music, ligament, bowel, gait, hand, dental,
    sleep, weight, laser
""")


_KINDS_OF_DISEASE: Final = _list("""
    viral, bacterial, diabetic, ischemic, allergic, congenital, autoimmune, toxic, alcoholic, septic,
    metabolic, renal, hepatic, nervous, vascular, valvular, venous, spastic, obstructive, hemorrhagic,
    postpartum, juvenile, type A, stage 2
""")
_DISEASES: Final = _list("""
    nephropathy, anemia, disorder, disease, syndrome, failure, infection, insufficiency, fever, attacks,
    stenosis, stones, cancer, tumor, fracture, aneurysm, paralysis, deficiency, retinopathy, shock, cough,
    rash, colic, intolerance
""")


def _word_problems() -> tuple[str, ...]:
    words = [root + end for root, end in list(product(_ROOTS, _PROBLEM_ENDS))[::2]]
    return tuple(words + [f"{kind} {disease}" for kind, disease in list(product(_KINDS_OF_DISEASE, _DISEASES))[::3]])


def _composed_tests() -> tuple[str, ...]:
    imaging = [f"{modality} of the {site}" for modality, site in list(product(_MODALITIES, _SITES))[::2]]
    analytes = [pattern.format(name) for name, pattern in product(_ANALYTES, _ANALYTE_PATTERNS)]
    return tuple(imaging + analytes + [root + end for root, end in list(product(_ROOTS, _TEST_ENDS))[::2]])


def _composed_treatments() -> tuple[str, ...]:
    words = [root + end for root, end in product(_ROOTS, _PROCEDURE_ENDS)]
    return tuple(words + [f"{head} {therapy}" for head, therapy in list(product(_THERAPY_HEADS, _THERAPIES))[::2]])


def _minus(names: tuple[str, ...], *held_back: tuple[str, ...]) -> tuple[str, ...]:
    """Composing may hit upon a name that is held back."""
    taken = {name.lower() for group in held_back for name in group}
    return tuple(name for name in dict.fromkeys(names) if name.lower() not in taken)


_HELDOUT_COMPOSED_PROBLEMS: Final = _composed_problems(_HELDOUT_SITES, _HELDOUT_PROBLEMS)

NAMES: Final[dict[str, Names]] = {
    TRAIN: Names(
        _TRAIN_DRUGS,
        _minus(_invented_drugs(), _HELDOUT_DRUGS, _TRAIN_DRUGS),
        _TRAIN_PROBLEMS,
        _minus(
            _composed_problems(_TRAIN_SITES, _TRAIN_PROBLEMS) + _word_problems(),
            _HELDOUT_PROBLEMS,
            _HELDOUT_COMPOSED_PROBLEMS,
            _TRAIN_PROBLEMS,
        ),
        _TRAIN_TESTS,
        _minus(_composed_tests(), _HELDOUT_TESTS, _TRAIN_TESTS),
        _TRAIN_TREATMENTS,
        _minus(_composed_treatments(), _HELDOUT_TREATMENTS, _TRAIN_TREATMENTS),
        _TRAIN_OCCUPATIONS,
    ),
    HELDOUT: Names(
        _HELDOUT_DRUGS,
        (),
        _HELDOUT_PROBLEMS,
        _HELDOUT_COMPOSED_PROBLEMS,
        _HELDOUT_TESTS,
        (),
        _HELDOUT_TREATMENTS,
        (),
        _HELDOUT_OCCUPATIONS,
    ),
}
