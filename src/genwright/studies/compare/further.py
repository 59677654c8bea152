"""Minutes that are added to a comparison which was begun: how they are noted, and who gets them."""

from ..report.results import rows
from ..study import Study


def add_minutes(done: Study, minutes: float) -> None:
    """Records minutes that were added, unless the same call was stopped before its end."""
    plan = done.results.plan
    if done.results.finished or plan.further[-1:] != [minutes]:
        plan.further = [*plan.further, minutes]
        done.results.finished = False
        done.write()


def hand_out(done: Study) -> list[str]:
    """Shares minutes that were added: families that were left out get what they need first, then the runs that time
    ended get the rest. Returns the families that get some. All are measured again. Settled on disk before anything is
    trained; who gets some."""
    results, settled = done.results, done.results.measured
    further = results.plan.further
    takers = [row for row in results.models if not row.error and row.config.ended_by_time]
    if len(further) == settled.handed:
        return []
    clock, joined = 60 * sum(further[settled.handed :]), []
    seconds = clock * results.plan.core_count
    for family, need in sorted(results.families_left_out.items(), key=lambda pair: pair[1]):
        if need <= min(clock, seconds):
            settled.passes[family].share = round(need * settled.planned, 3)
            seconds -= need
            joined.append(family)
    seconds_each = min(clock, seconds / max(1, len(takers))) / settled.splits
    settled.more |= {row.family: round(row.config.seconds_added + seconds_each, 3) for row in takers}
    settled.splits, settled.handed = 1, len(further)
    settled.sizes = settled.wanted = settled.second = None
    results.reference = None
    for row in rows(results):
        row.measured = row.measured or "again"
    done.write()
    return [*joined, *(row.family for row in takers)]
