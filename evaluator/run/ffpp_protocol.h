// evaluator/run/ffpp_protocol.h: the numbers that papers give for FaceForensics++: retrieval, pose
// and expression on ten frames of every fake. Layer 6.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "catalog/store/blob_store.h"
#include "catalog/store/corpus_roots.h"
#include "catalog/store/database.h"
#include "catalog/store/records.h"
#include "evaluator/run/face_meter.h"

namespace changeling {

struct ProtocolOptions {
  std::string generate_run;  ///< as RunStore::find_generate_run takes it
  int replicates = 2000;     ///< of the bootstrap
};

/// One number of one method.
struct ProtocolRow {
  std::string method;
  std::string name;    ///< "id_ret@1", "id_ret@5", "pose_l2_deg", "expr_aspect"
  std::string scorer;  ///< the network
  std::string match;   ///< "video" or "subject"; empty for what is no retrieval
  std::string unit;    ///< "%", "deg", "1"
  std::int64_t gallery_size = 0;
  std::optional<double> chance;  ///< in the row's unit
  AggregateRow aggregate;        ///< mean over clips; n = clips, coverage = clips with a value
};

struct ProtocolResult {
  std::string generate_run;
  std::int64_t n_fakes = 0;
  std::int64_t n_left_out = 0;    ///< could not be opened or decoded; logged
  std::int64_t n_frames = 0;      ///< asked for: even10 of each fake
  std::int64_t n_with_face = 0;   ///< of these, with the face
  std::vector<ProtocolRow> rows;  ///< by method
};

/// Measures the fakes of a run; writes nothing. Frames are even10 of the fake. The gallery holds
/// one mean embedding (even10) per person and video that a pair of the run uses, as source or
/// target; a frame is right when its source ranks among the first one or five (retrieval.h). A
/// clip's value is the share of its frames with the face; a clip with fewer than half of them has
/// none. `heartbeat` is called between clips and batches and may throw to stop. Throws as
/// run_evaluation; a clip that cannot be measured is left out and counted.
[[nodiscard]] ProtocolResult run_ffpp_protocol(Database& database, const BlobStore& blobs,
                                               const CorpusRoots& roots,
                                               const ProtocolOptions& options, FaceMeter& faces,
                                               const std::function<void()>& heartbeat);

}  // namespace changeling
