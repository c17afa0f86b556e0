// common/front/verb_gate.h: `changeling report gate` and `changeling baseline`. Layer 7.
#pragma once

#include <vector>

#include "common/cli/command.h"
#include "reports/model/gate.h"

namespace changeling {

/// Tolerances and replicates, which every comparison takes.
[[nodiscard]] std::vector<Option> gate_options();
[[nodiscard]] GateRules gate_rules(const Config& config);

/// `out` is the option that names the folder of a report.
[[nodiscard]] Verb gate_verb(const Option& out);
ExitCode run_gate(const Command& command);

[[nodiscard]] Verb baseline_verb();
[[nodiscard]] std::vector<VerbEntry> baseline_functions();

}  // namespace changeling
