// The FF++ protocol on drawn clips whose "embeddings" are colours: every rank is known.
#include "evaluator/run/ffpp_protocol.h"

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "tests/unit/evaluator/run/evaluation_fixture.h"

namespace changeling {
namespace {

ProtocolRow find_row(const ProtocolResult& result, const std::string& method,
                     const std::string& name, const std::string& match) {
  for (const ProtocolRow& row : result.rows) {
    if (row.method == method && row.name == name && row.match == match) {
      return row;
    }
  }
  ADD_FAILURE() << "no row " << name << ' ' << match;
  return {};
}

class FfppProtocol : public ::testing::Test {
 protected:
  ProtocolResult measure(FinishedRun& run) {
    return run_ffpp_protocol(run.database(), run.blobs(), run.roots(), {run.run_id(), 200}, faces_,
                             [this] { ++heartbeats_; });
  }

  ColorFaceMeter faces_;
  int heartbeats_ = 0;
};

TEST_F(FfppProtocol, SwappedFramesFindTheirSourceAndTheOthersDoNot) {
  FinishedRun run;
  const ProtocolResult result = measure(run);
  EXPECT_EQ(result.n_fakes, 2);
  EXPECT_EQ(result.n_left_out, 0);
  EXPECT_EQ(result.n_frames, 20);
  EXPECT_EQ(result.n_with_face, 20);
  EXPECT_GT(heartbeats_, 0);
  // even10 of 24 frames: 1 3 6 8 10 13 15 18 20 22; frames 20 and 22 are not swapped.
  const ProtocolRow first = find_row(result, "mesh_swap", "id_ret@1", "video");
  EXPECT_EQ(*first.aggregate.value, 80);
  EXPECT_EQ(first.gallery_size, 3);
  EXPECT_NEAR(*first.chance, 100.0 / 3, 1e-12);
  EXPECT_EQ(first.aggregate.n, 2);
  EXPECT_EQ(first.aggregate.coverage, 1);
  const ProtocolRow five = find_row(result, "mesh_swap", "id_ret@5", "video");
  EXPECT_EQ(*five.aggregate.value, 100);  // a gallery of three
  EXPECT_EQ(*five.chance, 100);
  EXPECT_EQ(*find_row(result, "mesh_swap", "id_ret@1", "subject").aggregate.value, 80);
  EXPECT_EQ(*find_row(result, "mesh_swap", "pose_l2_deg", "").aggregate.value, 0);
  EXPECT_EQ(*find_row(result, "mesh_swap", "expr_aspect", "").aggregate.value, 0);
}

TEST_F(FfppProtocol, MethodsAreMeasuredApart) {
  FinishedRun run({"copy", "mesh_swap"});  // copy paints the target's own colour
  const ProtocolResult result = measure(run);
  EXPECT_EQ(*find_row(result, "copy", "id_ret@1", "video").aggregate.value, 0);
  EXPECT_EQ(*find_row(result, "mesh_swap", "id_ret@1", "video").aggregate.value, 80);
}

TEST_F(FfppProtocol, NothingIsStored) {
  FinishedRun run;
  const std::size_t n_runs = RunStore(run.database()).runs().size();
  (void)measure(run);
  EXPECT_EQ(RunStore(run.database()).runs().size(), n_runs);
}

TEST_F(FfppProtocol, DamagedFakeIsLeftOutAndCounted) {
  FinishedRun run;
  std::filesystem::remove(run.artifact_file(0, "fake_video"));
  const ProtocolResult result = measure(run);
  EXPECT_EQ(result.n_left_out, 1);
  const ProtocolRow first = find_row(result, "mesh_swap", "id_ret@1", "video");
  EXPECT_EQ(first.aggregate.n, 1);
  EXPECT_EQ(first.aggregate.coverage, 0.5);
}

TEST_F(FfppProtocol, LostFacesLeaveNoNumber) {
  class BlindMeter final : public FaceMeter {
   public:
    std::vector<FaceMeasurement> measure(const std::vector<FaceQuery>& queries) override {
      return std::vector<FaceMeasurement>(queries.size());
    }
  };

  FinishedRun run;
  BlindMeter blind;
  const ProtocolResult result = run_ffpp_protocol(run.database(), run.blobs(), run.roots(),
                                                  {run.run_id(), 200}, blind, [] {});
  EXPECT_EQ(result.n_with_face, 0);
  for (const ProtocolRow& row : result.rows) {
    EXPECT_EQ(row.aggregate.status, "undefined") << row.name;
    EXPECT_FALSE(row.aggregate.value.has_value()) << row.name;
    EXPECT_EQ(row.aggregate.coverage, 0) << row.name;
  }
}

TEST_F(FfppProtocol, StopsAndUnknownRunsAreErrors) {
  FinishedRun run;
  const auto stop = [] { throw Error(ErrorKind::kCancelled, "stopped"); };
  EXPECT_THROW((void)run_ffpp_protocol(run.database(), run.blobs(), run.roots(), {}, faces_, stop),
               Error);
  EXPECT_THROW((void)run_ffpp_protocol(run.database(), run.blobs(), run.roots(), {"none", 200},
                                       faces_, [] {}),
               Error);
}

}  // namespace
}  // namespace changeling
