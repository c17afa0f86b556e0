#include "tests/unit/reports/report_catalog.h"

#include "catalog/store/score_store.h"

namespace changeling {
namespace {

constexpr std::int64_t kHourUs = 3'600'000'000;

ArtifactRow artifact(const std::string& kind, const std::string& seed, FakeRow& fake) {
  ArtifactRow row;
  row.profile = "c23";
  row.kind = kind;
  row.sha256 = sha256(kind + seed);
  if (kind != "sidecar") {
    row.stream_sha256 = sha256("stream" + kind + seed);
    row.n_frames = 10;
  }
  if (kind == "fake_video") {
    row.manipulated_frames = 8;
  }
  fake.blobs.push_back({row.sha256, 100, "video/mp4", "present"});
  return row;
}

FakeRow make_fake(const std::string& seed) {
  FakeRow fake;
  for (const char* kind : {"fake_video", "real_control", "mask_alpha", "mask_changed", "sidecar"}) {
    fake.artifacts.push_back(artifact(kind, seed, fake));
  }
  fake.spans = {{0, 7, FrameStatus::kSwapped}, {8, 9, FrameStatus::kPassthrough}};
  fake.timings = {{"decode", "cpu", 10, 500'000, 400'000, 0},
                  {"swap", "cpu", 8, 2'000'000, 1'900'000, 256 * 1048576}};
  return fake;
}

MetricDefRow metric(const std::string& name) {
  MetricDefRow row;
  row.name = name;
  row.unit = "1";
  row.direction = "up";
  row.level = "frame";
  return row;
}

ScoreRow score(MetricId id, ArtifactId artifact_id, double value) {
  ScoreRow row;
  row.metric_id = id;
  row.artifact_id = artifact_id;
  row.value = value;
  row.n_ok = 10;
  row.n_asked = 10;
  return row;
}

AggregateRow aggregate(MetricId id, double value, std::int64_t n) {
  AggregateRow row;
  row.metric_id = id;
  row.value = value;
  row.ci_method = n < 3 ? "too_few_clusters" : "percentile";
  if (n >= 3) {
    row.ci_lo = value - 0.05;
    row.ci_hi = value + 0.05;
  }
  row.n = n;
  row.n_clusters = n;
  row.coverage = static_cast<double>(n) / 3;
  return row;
}

}  // namespace

ReportCatalog::ReportCatalog(bool evaluated)
    : catalog_(folder_.path(), 5), run_id_(catalog_.begin_run()) {
  finish_jobs();
  add_scores(evaluated);
}

void ReportCatalog::finish_jobs() {
  RunStore runs(database());
  for (int i = 0; i < 3; ++i) {
    runs.record_done(*runs.claim(run_id_, "test", kHourUs, 3), make_fake(std::to_string(i)));
  }
  runs.skip(*runs.claim(run_id_, "test", kHourUs, 3), "face_small", "41 px | below 64 px", {});
  runs.finish(run_id_, "ok");
}

void ReportCatalog::add_scores(bool evaluated) {
  RunStore runs(database());
  ScoreStore scores(database());
  const MetricId margin = scores.ensure_metric(metric("id_margin"));
  const MetricId ssim = scores.ensure_metric(metric("ssim_bg"));
  if (!evaluated) {
    return;
  }
  RunRow run = *runs.find_run(run_id_);
  run.run_id = "";
  run.kind = "evaluate";
  run.parent_run_id = run_id_;
  run.env_json = R"({"versions":{"torch":"1.13.1"}})";
  const std::string evaluation = runs.begin(run);
  const double margins[] = {0.1, 0.3, 0.2};
  std::vector<ScoreRow> rows;
  for (const ArtifactRow& row : runs.run_artifacts(run_id_)) {
    if (row.kind != "fake_video") {
      continue;
    }
    const auto index = rows.size() / 2;
    rows.push_back(score(margin, row.id, margins[index]));
    rows.push_back(score(ssim, row.id, 0.987654321));
    if (index == 2) {
      rows.back().status = "decode_error";
      rows.back().value.reset();
    }
  }
  scores.add_scores(evaluation, rows);
  AggregateRow baseline = aggregate(margin, -0.4, 3);
  baseline.slice = baseline_slice("copy_target");
  scores.add_aggregates(evaluation,
                        {aggregate(margin, 0.2, 3), aggregate(ssim, 0.987654321, 2), baseline});
  runs.finish(evaluation, "partial");
}

}  // namespace changeling
