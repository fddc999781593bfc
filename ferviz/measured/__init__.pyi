from .claims import Claim as Claim, Claims as Claims, claim_of as claim_of, claims as claims
from .files import FOLDER as FOLDER, Figures as Figures, measured as measured
from .findings import Findings as Findings, found_on_masks as found_on_masks
from .on_frames import found_on_frames as found_on_frames
from .on_multi_task import found_on_multi_task as found_on_multi_task
from .on_regions import found_on_regions as found_on_regions
from .on_streams import found_on_streams as found_on_streams
from .power import least_found as least_found
from .record import Measured as Measured, pick as pick
from .sentences import aimed as aimed, answers as answers, brief as brief, powered as powered, said as said
from .sentences import tally as tally, verdict as verdict
