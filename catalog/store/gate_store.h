// catalog/store/gate_store.h: verdicts of runs against baselines, and the baselines. Layer 1.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "catalog/store/database.h"
#include "catalog/store/records.h"

namespace changeling {

/// Everything here is written together with a row of the audit log. One thread per object, that of
/// its Database.
class GateStore {
 public:
  explicit GateStore(Database& database) : database_(database) {}

  /// Stores the verdicts of one gate of one run. They replace those of an earlier gate of the run;
  /// the audit log keeps both. `detail_json` says with what rules and what came out.
  void record(std::string_view actor, const std::vector<GateResultRow>& results,
              std::string_view detail_json);
  [[nodiscard]] std::vector<GateResultRow> results(std::string_view run_id) const;

  /// Makes a run the baseline of its suite from now on. Throws Error(kConfig) when the run did
  /// not end as `ok`, belongs to another suite, has a failing verdict or was pruned.
  void set_baseline(std::string_view suite, std::string_view run_id, std::string_view approved_by,
                    std::string_view reason);
  /// Throws as set_baseline would; changes nothing.
  void check_baseline(std::string_view suite, std::string_view run_id) const;
  /// The newest baseline of a suite.
  [[nodiscard]] std::optional<BaselineRow> baseline(std::string_view suite) const;
  [[nodiscard]] std::vector<BaselineRow> baselines() const;  ///< by suite, oldest first

 private:
  Database& database_;
};

}  // namespace changeling
