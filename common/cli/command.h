// common/cli/command.h: a parsed command line, as handed to a verb, and the main() of every
// program. Layer 1.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/base/exit_code.h"
#include "common/cli/config.h"
#include "common/cli/option_table.h"

namespace changeling {

struct Command {
  std::vector<std::string> verb_path;  ///< {"corpus", "add"}
  std::vector<std::string> positionals;
  Config config;                               ///< flags included
  std::vector<std::string> config_files = {};  ///< --config, in order; part of `config`
  bool json = false;                           ///< --json: one object on stdout
  bool dry_run = false;                        ///< -n: say what would happen, change nothing
  bool quiet = false;                          ///< -q
  bool progress = true;  ///< progress wanted: --no-progress and -q turn it off
};

/// The command's settings with those of a file that is an argument of the verb: it counts like the
/// first --config, so that later files, --set and flags win. Throws as Config::apply_file.
[[nodiscard]] Config config_with_file(const Command& command, const std::string& file);

/// Runs a verb; returns the process exit code. Throws Error; run_program turns it into one stderr
/// line.
using VerbFunction = std::function<ExitCode(const Command&)>;

/// A verb with its function; `functions` of heavy verbs live in their programs.
struct VerbEntry {
  std::vector<std::string> verb_path;
  VerbFunction run;
};

/// What differs between the programs.
struct ProgramHooks {
  /// Heavy programs: the JSON object that the hidden flag --self-report prints.
  std::function<std::string()> self_report;
  /// Front program: becomes another program (exec) for verbs that name one; returns only by
  /// throwing. When set, unknown configuration groups are errors: only the front program knows
  /// every key.
  std::function<void(const std::string& program, char** argv)> become;
};

/// The main() of every program: finds the verb, prints help for -h, builds the Config from all
/// layers, sets up the log, runs the function, turns exceptions into one line on stderr and an exit
/// code, writes a crash report file for unexpected ones. `root` is the table of all verbs of the
/// program and bears its name.
int run_program(const Verb& root, const std::vector<VerbEntry>& functions, int argc, char** argv,
                const ProgramHooks& hooks = {});

}  // namespace changeling
