from .apart import (
    Kinds as Kinds,
    acting_gain as acting_gain,
    frame_kinds as frame_kinds,
    neutral_and_rest as neutral_and_rest,
    weight_on as weight_on,
)
from .chance import Interval as Interval, bootstrap_people as bootstrap_people, holm as holm
from .controls import (
    by_norm as by_norm,
    by_position as by_position,
    by_sharpness as by_sharpness,
    by_top_probability as by_top_probability,
    entropy as entropy,
    even as even,
    other_clips as other_clips,
    others_profile as others_profile,
    permuted as permuted,
    uneven as uneven,
)
from .covering import cover as cover, filling as filling
from .curves import deletion as deletion, insertion as insertion
from .gain import gain_map as gain_map
from .maps import (
    Mass as Mass,
    centred_gaussian as centred_gaussian,
    mass_on_truth as mass_on_truth,
    mean_map as mean_map,
    pointing_game as pointing_game,
)
from .modality import Shapley as Shapley, modality_shares as modality_shares, shapley_of_two as shapley_of_two
from .paired import PairedGap as PairedGap, paired_gap as paired_gap, possible_gaps as possible_gaps
from .ranks import apex_auc as apex_auc, frames_auc as frames_auc, kendall_tau_b as kendall_tau_b
from .raters import RaterAgreement as RaterAgreement, rater_agreement as rater_agreement
from .region_effects import Effect as Effect, cell_covered as cell_covered, input_replaced as input_replaced
from .regions import RegionTruth as RegionTruth, region_agreement as region_agreement, region_truth as region_truth
from .removing import removal as removal
from .runs import (
    FalseAlarms as FalseAlarms,
    OverRuns as OverRuns,
    difference_of_rows as difference_of_rows,
    false_alarms as false_alarms,
    mean_of_runs as mean_of_runs,
)
from .sanity import layers_from_top as layers_from_top, randomise as randomise, rank_correlation as rank_correlation
from .search import OtherWeights as OtherWeights, other_weights as other_weights, total_variation as total_variation
from .shares import Measure as Measure, measures as measures
from .texture import texture_path as texture_path
