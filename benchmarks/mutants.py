"""Bugs, planted one at a time, and whether the tests that are about them fail.

Each mutant is an exact replacement in a copy of `src`, and the tests that should kill it run against that copy; first
they run against a copy without a bug, where all must pass. A mutant counts as killed only where a test failed: not
where none could run, nor where the text to replace was not found exactly once. Each was chosen and committed
before its first run, by its source alone; one that survives is covered by a test then. --workers runs more at once.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bars import bar, record

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 600  # that a mutant's tests may take; a bug that makes them hang is not killed
OUTCOMES = {0: "survived", 1: "killed"}  # exit statuses of pytest; any other: the tests did not run


@dataclass(frozen=True)
class Mutant:
    """file: below src/genwright; before: is found in it once, and replaced by after. tests: below tests, about it."""

    what: str
    file: str
    before: str
    after: str
    tests: tuple[str, ...]


STAGE, FIT, IMAGES = "training/test_stage.py::", "training/test_fit.py::", "evaluation/test_images_suite.py::"
RECOMMEND, VAE = "predictors/test_recommend.py::", "families/test_vae.py::"

MUTANTS = [
    Mutant(
        "predicted labels are measured on training nodes",
        "evaluation/suites/labels.py",
        'test = data.tensors("test")',
        'test = data.tensors("train")',
        ("evaluation/test_labels_suite.py::test_only_test_items_count",),
    ),
    Mutant(
        "the sign of BPR is reversed",
        "predictors/recommend.py",
        "(item - other)",
        "(other - item)",
        (RECOMMEND + "test_a_loss_is_the_papers", RECOMMEND + "test_learning_lifts_what_was_taken_above_the_rest"),
    ),
    Mutant(
        "recommendation is not regularised",
        "predictors/recommend.py",
        "self.decay / 2 * used",
        "0.0 * used",
        (RECOMMEND + "test_decay_weighs_half_the_squared_norm_of_the_vectors_in_a_batch",),
    ),
    Mutant(
        "what the first users took is hidden from all",
        "predictors/recommend.py",
        "hide(scores, graph, int(some[0]), users)",
        "hide(scores, graph, 0, users)",
        (RECOMMEND + "test_lists_do_not_depend_on_how_many_users_are_scored_at_a_time",),
    ),
    Mutant(
        "the KL of the VAE is the wrong way round",
        "families/latent/vae.py",
        "kl(mean, log_var, *self._prior(mean, x, known, given))",
        "kl(*self._prior(mean, x, known, given), mean, log_var)",
        (VAE + "test_with_the_true_posterior_the_loss_is_minus_the_log_likelihood",),
    ),
    Mutant(
        "the warm-up of the VAE ends at a half",
        "families/latent/vae.py",
        "min(1.0, batch.items",
        "min(0.5, batch.items",
        (VAE + "test_the_latents_are_paid_for_in_full_after_the_warm_up_and_whenever_it_is_judged",),
    ),
    Mutant(
        "raw weights are validated instead of their average",
        "training/stage.py",
        "with self.judged():\n            for start",
        "if True:\n            for start",
        (STAGE + "test_the_average_is_what_is_validated_kept_and_settled_for",),
    ),
    Mutant(
        "gradients are not clipped",
        "training/stage.py",
        "optim.clip, foreach",
        'float("inf"), foreach',
        (STAGE + "test_steps_are_those_of_torch_with_the_gradient_clipped",),
    ),
    Mutant(
        "the best weights are forgotten when a run goes on",
        "training/stage.py",
        'self.best = section(tensors, "best/")',
        "self.best = {}",
        (
            STAGE + "test_a_stage_restored_from_its_tensors_goes_on_as_if_nothing_had_been",
            FIT + "test_a_run_that_goes_on_remembers_the_best_weights",
        ),
    ),
    Mutant(
        "absent cells count as the lowest numbers",
        "evaluation/metrics/pair_distance.py",
        "BINS + 2, inside)",
        "0, inside)",
        ("evaluation/test_pair_distance.py::test_an_absent_number_is_no_number_neither_the_lowest_nor_the_highest",),
    ),
    Mutant(
        "the volume of a level of a pixel is half of what it is",
        "distributions/coordinates.py",
        "torch.full_like(x, log(2 / self.leaf.levels))",
        "torch.full_like(x, log(1 / self.leaf.levels))",
        ("distributions/test_coordinates.py",),
    ),
    Mutant(
        "standard errors by the bootstrap are halved",
        "evaluation/intervals.py",
        "float(np.std(draws, ddof=1))",
        "float(np.std(draws, ddof=1)) / 2",
        ("evaluation/test_bootstrap.py",),
    ),
    Mutant(
        "imputation is in standard deviations of the test rows",
        "evaluation/metrics/holes.py",
        "imputation.standard(train)",
        "imputation.standard(self.truth)",
        (
            "evaluation/test_imputation.py::test_an_error_is_in_standard_deviations_of_the_training_rows",
            "evaluation/test_tables_suite.py::test_an_imputation_error_is_in_standard_deviations_of_the_training_rows",
        ),
    ),
    Mutant(
        "recall is of what a list can hold",
        "evaluation/suites/recommendations.py",
        "hits[some].sum(1) / count[some]",
        "hits[some].sum(1) / count[some].clip(max=lists.shape[1])",
        (RECOMMEND + "test_recall_is_of_all_that_a_user_took_also_where_a_list_cannot_hold_it",),
    ),
    Mutant(
        "train-on-synthetic learns from real rows",
        "evaluation/suites/tables.py",
        "task.predict(sample,",
        "task.predict(self._real,",
        ("evaluation/test_tables_suite.py::test_what_is_learned_for_the_score_is_learned_from_samples",),
    ),
    Mutant(
        "the domain is fitted on all rows",
        "data/tables.py",
        'domain = Tables.fit(items["train"]',
        "domain = Tables.fit(raw.items",
        ("data/test_data.py::test_a_domain_knows_training_rows_alone",),
    ),
    Mutant(
        "classifiers are taught by real pictures in the place of samples",
        "evaluation/suites/images.py",
        "else self._taught(partial(share_right, seen=self.seen), x, y)",
        "else self._real_right",
        (IMAGES + "test_classifiers_are_taught_by_samples",),
    ),
    Mutant(
        "codes are probed for a label that they were given",
        "evaluation/suites/images.py",
        "items.given, None), given={})",
        "items.given, None))",
        (IMAGES + "test_codes_are_probed_without_their_label",),
    ),
    Mutant(
        "the VAE pays for known pixels",
        "families/latent/vae.py",
        "x.float()), known).mean()",
        "x.float()), None).mean()",
        ("families/test_known_part.py",),
    ),
    Mutant(
        "the earlier of equal validations is picked",
        "training/loop.py",
        "judged <= at.loss",
        "judged < at.loss",
        (FIT + "test_the_later_of_equals_is_picked",),
    ),
    Mutant(
        "the oldest rows are test rows",
        "data/splits.py",
        "np.unique(-times,",
        "np.unique(times,",
        ("data/test_splits.py",),
    ),
    Mutant(
        "groups to test and to validate are exchanged",
        "data/splits.py",
        "part[test], part[valid] = TEST, VALID",
        "part[test], part[valid] = VALID, TEST",
        ("data/test_splits.py",),
    ),
    Mutant(
        "the last whole window of a text is left out",
        "data/windows.py",
        "len(text) - size + 1, size)",
        "len(text) - size, size)",
        ("data/test_windows.py",),
    ),
    Mutant(
        "a note of MIDI struck with velocity 0 begins one",
        "data/readers/midi.py",
        'message.type == "note_on" and message.velocity:',
        'message.type == "note_on":',
        ("data/test_read_music.py",),
    ),
    Mutant(
        "dates of a time zone are counted in the other clock",
        "domains/tables/column_dates.py",
        'if local else stamps.dt.tz_convert("UTC")',
        'if not local else stamps.dt.tz_convert("UTC")',
        (
            "domains/test_tables.py",
            "domains/test_write_as_read.py",
        ),
    ),
    Mutant(
        "levels of a picture are as wide as its numbers divide",
        "domains/pictures.py",
        "width = step if 255 % step == 0 else 1",
        "width = step",
        ("domains/test_images.py",),
    ),
    Mutant(
        "the discount of a count of 1 is too small",
        "families/autoregressive/ngram.py",
        "1 - 2 * share * n2 / n1",
        "1 - share * n2 / n1",
        ("families/test_ngram.py",),
    ),
    Mutant(
        "particles keep their weights where they were resampled",
        "families/autoregressive/particles.py",
        "weights.masked_fill(few[:, None], 0.0)",
        "weights",
        ("families/test_particles.py",),
    ),
    Mutant(
        "a step back through categorical noise forgets how likely it came from elsewhere",
        "families/diffusion/categorical_noise.py",
        "(1 - after) * pi * w.sum(-1, keepdim=True))\n        return joint",
        "(1 - after) * pi)\n        return joint",
        ("families/test_categorical_noise.py",),
    ),
    Mutant(
        "a stage ends after too few epochs",
        "training/budget.py",
        "items > PATIENCE * improved and items",
        "items > PATIENCE * improved or items",
        ("training/test_schedule.py",),
    ),
    Mutant(
        "the average of the weights has the window of another power",
        "training/averages.py",
        "** (self.gamma + 1)",
        "** self.gamma",
        (
            "training/test_schedule.py",
            "training/test_stage.py",
        ),
    ),
    Mutant(
        "items without a class are of the first class",
        "training/balance.py",
        "classes.nan_to_num(-1.0)",
        "classes.nan_to_num(0.0)",
        ("training/test_balance.py",),
    ),
    Mutant(
        "three checkpoints are kept",
        "training/checkpoints.py",
        "files[KEEP - 1 :]",
        "files[KEEP:]",
        (
            "training/test_runs.py",
            "training/test_files.py",
        ),
    ),
    Mutant(
        "new items stand beside the conditions of the first block",
        "run/new_draws.py",
        "table[tried : tried + len(x)], []",
        "table[: len(x)], []",
        ("run/test_new_draws.py",),
    ),
    Mutant(
        "rows that broke a rule are drawn again with the conditions of other rows",
        "run/keep_rules.py",
        "_of_rows(values, left, n)",
        "_of_rows(values, np.arange(len(left)), n)",
        ("run/test_keep_rules.py",),
    ),
    Mutant(
        "an item that is repeated comes in runs",
        "run/blocks.py",
        "% len(self.items)]",
        "// self.times]",
        ("run/test_blocks.py",),
    ),
    Mutant(
        "time that a run was given beyond its share is left over again",
        "studies/turns.py",
        'return unused - sum(stage.get("more", 0.0) for stage in config["stages"])',
        "return unused",
        ("studies/test_turns.py",),
    ),
    Mutant(
        "the error of a label is of as many items as have none",
        "studies/labels.py",
        "sum(there)",
        "len(there)",
        ("studies/test_label_error.py",),
    ),
    Mutant(
        "conditions that were switched off are learned all the same",
        "cli/parameters.py",
        "if typed[option.name] not in (None, False)",
        "if typed[option.name]",
        ("cli/test_options.py",),
    ),
    Mutant(
        "a refusal of the system is taken for a mistake of the person",
        "cli/errors.py",
        "cause.errno not in (None, *MISNAMED)",
        "cause.errno in (None, *MISNAMED)",
        ("cli/test_exit_codes.py",),
    ),
    Mutant(
        "a scaled matrix forgets the weights of edges",
        "graphs/normalise.py",
        "scale[graph.target] * graph.values * scale[graph.source]",
        "scale[graph.target] * scale[graph.source]",
        ("graphs/test_normalise.py",),
    ),
    Mutant(
        "a pair of nodes and the same pair turned round are two",
        "graphs/negatives.py",
        "pairs.amin(1) * nodes + pairs.amax(1)",
        "pairs[:, 0] * nodes + pairs[:, 1]",
        ("predictors/test_links.py",),
    ),
    Mutant(
        "splits that share training items count as apart",
        "evaluation/differences.py",
        "(1 / count + test_share)",
        "(1 / count)",
        ("evaluation/test_differences.py",),
    ),
    Mutant(
        "the next best is one that is tied with the best",
        "reports/picks.py",
        "if family not in ranked.tied), None)",
        "if family in ranked.tied), None)",
        ("reports/test_advice.py",),
    ),
    Mutant(
        "a bound of one draw is one of thousands",
        "studies/bounds.py",
        "return _bound(model, data, 1)",
        "return _bound(model, data, DRAWS)",
        ("studies/test_bounds.py",),
    ),
    Mutant(
        "a molecule with several bounds keeps the loosest",
        "data/equal_molecules.py",
        "among.max() if side == AT_LEAST else among.min()",
        "among.min() if side == AT_LEAST else among.max()",
        ("data/test_measured_molecules.py",),
    ),
    Mutant(
        "a completion is moved to the centre of all points of its item, known or not",
        "domains/points.py",
        "item.positions[:count].mean(0)",
        "item.positions.mean(0)",
        ("domains/test_points.py",),
    ),
    Mutant(
        "a missing condition says of the size what its lowest bin says",
        "distributions/sizes.py",
        "torch.where(known[:, None], likely.log()[bins], 0.0)",
        "likely.log()[bins]",
        ("distributions/test_sizes.py",),
    ),
    Mutant(
        "the free bits are of all layers together",
        "families/latent/hierarchical_vae.py",
        ".clamp(min=self.free_bits).sum()",
        ".sum().clamp(min=self.free_bits)",
        ("families/test_hierarchical_vae.py",),
    ),
    Mutant(
        "the place of an end is as likely beside a known part as without one",
        "families/diffusion/token_diffusion.py",
        "(p.gather(1, at)[:, 0] / p.sum(1)).log()",
        "p.gather(1, at)[:, 0].log()",
        ("families/test_token_diffusion.py::test_where_the_bound_is_tight_it_is_the_conditional",),
    ),
    Mutant(
        "nodes attend to the padding of smaller graphs",
        "networks/graph_transformer.py",
        "scores.masked_fill(~mask[:, None, None], -torch.inf).softmax(3)",
        "scores.softmax(3)",
        ("networks/test_graph_transformer.py::test_padding_changes_nothing",),
    ),
    Mutant(
        "a hidden value shows through",
        "networks/conditioning.py",
        "middle * known)",
        "middle)",
        (
            "networks/test_conditioning.py::test_before_training_a_hidden_value_looks_like_no_known_one",
            "families/test_unknown_part.py",
        ),
    ),
    Mutant(
        "sparse features are divided by a sum in which signs cancel",
        "graphs/features.py",
        "x.words.values.abs()",
        "x.words.values",
        ("predictors/test_nodes.py",),
    ),
    Mutant(
        "triples that do not hold may be those of validation and test",
        "predictors/relations.py",
        "known = _keys(triples, data.graph.rows)",
        'known = _keys(parts["train"], data.graph.rows)',
        ("predictors/test_relations.py",),
    ),
    Mutant(
        "a resumed optimiser forgets how many steps it took",
        "training/adamw.py",
        '"second": self.second, "steps": self.steps}',
        '"second": self.second}',
        ("training/test_schedule.py::test_adamw_is_torchs_to_the_bit",),
    ),
    Mutant(
        "each draw is compared with the first, not with the best so far",
        "run/rerank.py",
        "best[better], scores[better] = images[better], fits[better]",
        "best[better] = images[better]",
        ("run/test_rerank.py::test_the_first_of_many_are_those_of_few_and_more_draws_fit_no_worse",),
    ),
    Mutant(
        "an attack knows the last part of the samples alone",
        "evaluation/metrics/membership.py",
        "np.minimum(away, nearest(points, part)[0])",
        "nearest(points, part)[0]",
        ("evaluation/test_membership.py",),
    ),
    Mutant(
        "a study goes on with another seed",
        "studies/study.py",
        '+ plan + ["seed"] * (begun["seed"] != asked["seed"])',
        "+ plan",
        ("studies/test_compare.py::test_a_folder_of_another_comparison_or_of_other_things_is_refused",),
    ),
    Mutant(
        "one of two tests is enough to say that an attack tells who was trained on",
        "reports/privacy.py",
        "if all(sure) and m.value > least",
        "if any(sure) and m.value > least",
        ("reports/test_privacy.py",),
    ),
    Mutant(
        "pieces are drawn evenly, not as often as they were seen",
        "chemistry/fragments.py",
        "rng.choices(numbers, [pieces.seen[number] for number in numbers])",
        "rng.choices(numbers)",
        ("domains/test_made_molecules.py",),
    ),
    Mutant(
        "time before a restart is not counted",
        "designing/oracle.py",
        'sum(row["seconds"] or 0.0 for row in own), time.monotonic()',
        "0.0, time.monotonic()",
        ("designing/test_oracle.py",),
    ),
    Mutant(
        "held-out actives are ranked among decoys that the model learned to rank low",
        "screening/passes.py",
        "above[held < float(score)] += among",
        "above[held < float(score)] += size",
        ("screening/test_screen.py::test_held_out_actives_are_not_ranked_among_decoys",),
    ),
    Mutant(
        "the lock on a folder is given back at once",
        "core/folder_lock.py",
        "    try:\n        yield\n    finally:\n        lock.release()",
        "    lock.release()\n    yield",
        ("training/test_files.py::test_two_runs_in_one_folder",),
    ),
    Mutant(
        "a member of an ensemble loses the word after --workers=N",
        "cli/members.py",
        "elif OWN[name] and not equals:",
        "elif OWN[name]:",
        ("cli/test_ensemble_commands.py",),
    ),
    Mutant(
        "a comparison is removed while one of its runs trains",
        "studio/shelf.py",
        "if other.path.is_relative_to(entry.path) and other.what == RUN",
        "if other.path == entry.path and other.what == RUN",
        ("studio/test_shelf.py",),
    ),
    Mutant(
        "the levels of noise move to where the loss varies more",
        "families/diffusion/variational_diffusion.py",
        "return each.mean() + moment - moment.detach(), {}",
        "return each.mean() - moment + moment.detach(), {}",
        ("families/test_variational_diffusion.py::test_the_noise_is_learned_where_the_loss_varies",),
    ),
    Mutant(
        "the bound of VDM lacks the change of units",
        "families/diffusion/variational_diffusion.py",
        "total += log_det.flatten(1).sum(1) - self._last(z) + self._first(x, rng) - slope / 4 * square",
        "total += self._first(x, rng) - self._last(z) - slope / 4 * square",
        ("families/test_variational_diffusion.py",),
    ),
    Mutant(
        "a level denoiser takes noisy numbers for clean ones",
        "families/diffusion/level_denoiser.py",
        "sure * mean + seen * z / alpha,",
        "sure * mean + seen * z,",
        ("families/test_level_denoiser.py::test_it_is_the_mean_of_the_levels_by_bayes_rule",),
    ),
    Mutant(
        "a step of the second order extrapolates by the inverse ratio of steps",
        "families/diffusion/samplers.py",
        "(d - before) * (h / (2 * h_before))",
        "(d - before) * (h_before / (2 * h))",
        ("families/test_samplers.py",),
    ),
    Mutant(
        "the last share of a path is one of a step less",
        "families/diffusion/samplers.py",
        "ends = steps * (1 - strength), steps",
        "ends = (steps - 1) * (1 - strength), steps",
        ("families/test_samplers.py::test_the_last_share_of_a_path_has_that_share_of_its_steps",),
    ),
    Mutant(
        "guidance of 1 already moves away",
        "families/conditions.py",
        "found[0] + (guidance - 1) * (found[0] - found[1])",
        "found[0] + guidance * (found[0] - found[1])",
        ("families/test_conditions.py",),
    ),
    Mutant(
        "the noise of a known part is taken from data that were not scaled",
        "families/diffusion/samplers.py",
        "torch.where(known, (z - alpha * x) / (sigma or 1.0), n)",
        "torch.where(known, (z - x) / (sigma or 1.0), n)",
        ("families/test_resampled.py::test_completions_of_models_follow_the_conditional_and_keep_the_known_part",),
    ),
    Mutant(
        "the gradient of a message is gathered before it goes to the reverse bond",
        "networks/graph/bond_messages.py",
        "return _others(ctx.graph, gradient.index_select(0, _reverse(ctx.graph))), None",
        "return _others(ctx.graph, gradient).index_select(0, _reverse(ctx.graph)), None",
        ("networks/test_bond_messages.py::test_answers_and_gradients_are_those_of_the_definition",),
    ),
    Mutant(
        "all members of an ensemble validate on one fold",
        "training/folds.py",
        "permutation(items).roll(-begin)",
        "permutation(items)",
        ("training/test_folds.py",),
    ),
    Mutant(
        "the rank of a conformal interval is one of n, not of n + 1",
        "predictors/uncertainty.py",
        "rank = ceil((len(errors) + 1) * level - 1e-9)",
        "rank = ceil(len(errors) * level - 1e-9)",
        ("predictors/test_uncertainty.py::test_the_interval_holds_one_of_many_exactly_as_often_as_it_says",),
    ),
    Mutant(
        "molecules that judge the intervals validate as well",
        "predictors/properties_domain.py",
        "APART: valid[:kept].sort().values}",
        "APART: valid[: 2 * kept].sort().values}",
        ("predictors/test_properties_domain.py", "predictors/test_believed.py"),
    ),
    Mutant(
        "a loss counts unknown answers in its mean",
        "core/answers.py",
        "own.sum((~unknown).sum().float()).clamp(min=1) / own.count",
        "own.sum(unknown.new_ones(unknown.shape).sum().float()).clamp(min=1) / own.count",
        ("core/test_answers.py::test_the_loss_is_the_mean_of_what_is_known",),
    ),
    Mutant(
        "bounds are measured as if they were exact",
        "evaluation/metrics/properties.py",
        "else known[:, t] == EXACT)",
        "else known[:, t] != UNKNOWN)",
        ("evaluation/test_property_metrics.py::test_unknown_answers_and_bounds_have_no_part",),
    ),
    Mutant(
        "answers are scaled by numbers of all parts",
        "predictors/properties_domain.py",
        'train = numbers["train"].numpy()',
        "train = torch.cat(list(numbers.values())).numpy()",
        (
            "predictors/test_properties_domain.py::test_answers_are_scaled_by_training_numbers_and_unknown_ones_say_nothing",
        ),
    ),
    Mutant(
        "texts are not asked which image is theirs",
        "predictors/clip.py",
        "_nats(*(part.T for part in square))",
        "_nats(*(part for part in square))",
        ("predictors/test_matching.py::test_the_loss_is_the_one_of_the_page",),
    ),
    Mutant(
        "a tie with the right one is a hit",
        "evaluation/metrics/matching.py",
        "nearer = (near >= own[:, None]).sum(1) - 1",
        "nearer = (near > own[:, None]).sum(1)",
        ("evaluation/test_match_suite.py",),
    ),
    Mutant(
        "networks that judge alignment stay in training mode",
        "evaluation/metrics/alignment.py",
        "        self.image.eval()\n",
        "",
        ("evaluation/test_alignment.py",),
    ),
    Mutant(
        "an edit moves an image the wrong way",
        "families/two_stage/unclip.py",
        "self.towers.texts(target) - self.towers.texts(source)",
        "self.towers.texts(source) - self.towers.texts(target)",
        ("families/test_unclip.py::test_an_edit_moves_an_image_by_the_difference_of_two_captions",),
    ),
    Mutant(
        "a word hears the word after it",
        "networks/text_raster.py",
        "device=given.device).tril()",
        "device=given.device).tril(1)",
        ("networks/test_text_raster.py::test_every_code_hears_every_word_and_no_word_hears_a_code_or_a_later_word",),
    ),
    Mutant(
        "reinvent forgets its prior",
        "designing/reinvent.py",
        "expected = prior.log_prob(both) + SIGMA * reward",
        "expected = agent.log_prob(both) + SIGMA * reward",
        ("designing/test_string_models.py",),
    ),
    Mutant(
        "an active is held out from itself alone, not from its parent's other forms",
        "screening/judged.py",
        "bits[parents != parents[k]]",
        "bits[np.arange(n) != k]",
        ("screening/test_screen.py::test_an_active_is_not_held_out_from_its_own_stereoisomers",),
    ),
    Mutant(
        "a bound of an image whose known pixels come late is called exact",
        "families/autoregressive/autoregressive.py",
        'return "estimate" if self._known_ahead(known).any() else self.kind',
        "return self.kind",
        ("run/test_log_prob_known.py::test_of_pictures_known_pixels_behind_others_make_it_an_estimate",),
    ),
]


def tested(source: Path, tests: tuple[str, ...]) -> tuple[int | str, str]:
    """Run tests against the package in `source`: pytest's exit status, or "hangs", and its last words."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-m", "not long", "-p", "no:cacheprovider"]
    command += [f"tests/{test}" for test in tests]
    environment = {**os.environ, "PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return "hangs", ""
    return done.returncode, done.stdout[-3000:] + done.stderr[-1000:]


def copy_of_source(folder: Path) -> Path:
    return shutil.copytree(ROOT / "src", folder, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))


def plant(mutant: Mutant, folder: Path) -> tuple[str, str]:
    """What became of the mutant in a copy of its own, and the test that failed.

    The first: "killed", "survived", "not planted", "not run" or "hangs".
    """
    source = copy_of_source(folder)
    path = source / "genwright" / mutant.file
    text = path.read_text() if path.exists() else ""
    if text.count(mutant.before) != 1:
        return "not planted", ""
    path.write_text(text.replace(mutant.before, mutant.after))
    status, said = tested(source, mutant.tests)
    failed = re.search(r"^FAILED tests/(\S+)", said, re.MULTILINE)
    return status if isinstance(status, str) else OUTCOMES.get(status, "not run"), failed[1] if failed else ""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--workers", type=int, default=2, help="mutants at a time")
    workers, began = parser.parse_args().workers, time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        every = tuple(dict.fromkeys(test for mutant in MUTANTS for test in mutant.tests))
        status, said = tested(copy_of_source(Path(folder) / "sound"), every)
        if status != 0:
            sys.exit(f"the tests do not pass where nothing is planted:\n{said}")
        with ThreadPoolExecutor(workers) as pool:
            copies = [Path(folder) / str(number) for number in range(len(MUTANTS))]
            found = list(pool.map(plant, MUTANTS, copies))
    for mutant, (outcome, by) in zip(MUTANTS, found):
        print(f"{outcome:12} {mutant.what} ({mutant.file}) {by}")
    killed = sum(outcome == "killed" for outcome, _ in found)
    wanted = len(MUTANTS)
    bars = [bar("tests", "planted bugs that a test about them finds", f"all of {wanted}", killed, killed == wanted)]
    rows = [{"what": m.what, "file": m.file, "outcome": outcome, "by": by} for m, (outcome, by) in zip(MUTANTS, found)]
    record("mutants", bars, {"mutants": rows, "seconds": round(time.monotonic() - began)})
    sys.exit(killed < wanted)


if __name__ == "__main__":
    main()
