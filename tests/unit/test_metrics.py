"""What Prometheus reads of an API."""

from prometheus_client.parser import text_string_to_metric_families

from deploy.http.metrics import BUCKETS_S, Metrics


def test_answers_are_counted_by_method_and_status_and_timed() -> None:
    metrics = Metrics(lambda: {"commands_waiting": 3.0})
    for status, seconds in ((201, 0.004), (201, 0.3), (503, 99.0)):
        metrics.observe("POST", status, seconds)
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(metrics.text())
        for sample in family.samples
    }
    assert samples["http_requests_total", "POST", "201"] == 2
    assert samples["http_requests_total", "POST", "503"] == 1
    assert samples["commands_waiting",] == 3
    counts = [samples["http_request_seconds_bucket", str(limit)] for limit in BUCKETS_S]
    assert counts == [1, 1, 1, 1, 1, 1, 2, 2, 2, 2]
    assert samples["http_request_seconds_bucket", "+Inf"] == 3
    assert samples["http_request_seconds_count",] == 3


def test_a_method_of_a_client_s_own_makes_no_label() -> None:
    metrics = Metrics(dict)
    for number in range(3):
        metrics.observe(f"M{number}", 405, 0.1)
    assert 'http_requests_total{method="OTHER",status="405"} 3.0' in metrics.text()


def test_two_applications_in_one_process_count_apart() -> None:
    first, second = Metrics(dict), Metrics(dict)
    first.observe("GET", 200, 0.1)
    assert 'status="200"' not in second.text()
