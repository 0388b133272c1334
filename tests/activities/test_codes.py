"""Cost codes on their way: what a job has, what it could be given, and what is nobody's own (O-02, R-21)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from activities.codes import CODES, JobCodes, brought, own_records, sorted_out
from domain.lines import Pair
from domain.records import Key, Written
from tests.builders import group, job_key, modest, written

JOB_CODES: list[Pair] = [("03-300", "M"), ("05-100", "l")]
NAMES = {"03-300": "Concrete", "03-400": "Precast Concrete", "09-900": "Painting"}
MASTER = (NAMES, ["L", "M"])
Master = tuple[dict[str, str], list[str]]


def read_of_job(pairs: list[Pair] = JOB_CODES, master: Master = MASTER) -> list[Written]:
    return brought("01", "1042", pairs, master)


def test_what_is_brought_along_has_keys_and_parts_of_its_own() -> None:
    records = read_of_job()
    assert len({w.part for w in records}) == len(records) == 2 + 3 + 2
    assert len({(w.key.resource, w.key.text) for w in records}) == len(records)
    first = records[0]
    assert (first.part, first.key) == (
        "03-300/M",
        Key(resource="job_code", parts={"company": "01", "job": "1042", "cost_code": "03-300", "category": "M"}),
    )
    assert {w.key.resource for w in records} == {"job_code", "master_cost_code", "master_category"}
    assert {w.key.resource for w in records} <= set(CODES)


def test_none_of_it_is_the_objects_own() -> None:
    own = [Written(part="", key=job_key(), uuid="j"), *written(*group().records)]
    phase = Written(part="phase:03-400", key=Key(resource="job_phase", parts={"cost_code": "03-400"}), uuid="p")
    assert own_records([*read_of_job(), *own, phase]) == own
    assert own_records([]) == []


def test_procores_pairs_are_held_against_the_job_and_the_master_list_is_taken_out() -> None:
    """Whole, whatever pairs Procore's project has: any code of it may go along (O-02)."""
    in_procore = [("03-300", "M"), ("05-100", "L"), ("03-400", "M"), ("03-300", "L"), ("03-400", "S"), ("31-200", "M")]
    assert sorted_out(read_of_job(), in_procore) == JobCodes(
        synced=[("03-300", "M"), ("05-100", "L")], names=NAMES, categories=["L", "M"]
    )


def test_case_is_cmics_matter_and_the_words_stay_procores() -> None:
    found = sorted_out(read_of_job(), [("03-300", "m"), ("05-100", "L"), ("09-900", "l")])
    assert found.synced == [("03-300", "m"), ("05-100", "L")]


def test_a_master_list_in_small_letters_is_the_same_list() -> None:
    """CMiC keeps codes in upper case; an installation may show them otherwise."""
    found = sorted_out(read_of_job([], ({"a-100": "Work"}, ["m"])), [("A-100", "M")])
    assert found == JobCodes(names={"A-100": "Work"}, categories=["M"])


def test_codes_of_the_job_that_procore_hasnt_arent_synced() -> None:
    """What CMiC has and Procore hasn't is nobody's business here."""
    assert sorted_out(read_of_job(), []) == JobCodes(names=NAMES, categories=["L", "M"])


def test_without_a_master_list_there_is_none() -> None:
    found = sorted_out(read_of_job(master=({}, [])), [("03-300", "M"), ("03-400", "M")])
    assert found == JobCodes(synced=[("03-300", "M")])


pairs = st.lists(
    st.tuples(st.sampled_from(["01-100", "02-200", "03-30a"]), st.sampled_from(["L", "m", "S"])), max_size=8
)
lists = st.lists(st.sampled_from(["01-100", "02-200", "L", "M"]), max_size=4)


@modest
@given(pairs, pairs, lists, lists)
def test_no_pair_and_no_code_is_invented_and_none_is_lost(
    on_job: list[Pair], in_procore: list[Pair], master: list[str], categories: list[str]
) -> None:
    found = sorted_out(read_of_job(on_job, (dict.fromkeys(master, "Work"), categories)), in_procore)
    upper = {(c.upper(), t.upper()) for c, t in on_job}
    assert found.synced == [(c, t) for c, t in in_procore if (c.upper(), t.upper()) in upper]
    assert found.names == dict.fromkeys(master, "Work")
    assert sorted(set(found.categories)) == sorted({c.upper() for c in categories})
