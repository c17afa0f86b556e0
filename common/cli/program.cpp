#include <csignal>
#include <cstdio>
#include <ctime>
#include <exception>
#include <iostream>
#include <optional>

#include <unistd.h>

#include "common/base/atomic_file.h"
#include "common/base/build_info.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/outcome.h"
#include "common/base/plain_text.h"
#include "common/cli/arguments.h"
#include "common/cli/command.h"
#include "common/cli/help.h"
#include "common/cli/standard_paths.h"
#include "common/cli/terminal.h"

namespace changeling {
namespace {

int to_int(ExitCode code) {
  return static_cast<int>(code);
}

/// Last value of a flag, if it was given.
std::optional<std::string> flag_value(const Arguments& arguments, std::string_view flag) {
  std::optional<std::string> value;
  for (const FlagUse& use : arguments.flags) {
    if (use.option.flag == flag) {
      value = use.value;
    }
  }
  return value;
}

bool is_on(const Arguments& arguments, std::string_view flag) {
  return flag_value(arguments, flag).value_or("false") == "true";
}

/// Values of --config, in order.
std::vector<std::string> config_files(const Arguments& arguments) {
  std::vector<std::string> files;
  for (const FlagUse& use : arguments.flags) {
    if (use.option.key.empty() && use.option.flag == "config") {
      files.push_back(use.value);
    }
  }
  return files;
}

/// Applies the layers above the defaults, low to high.
Config build_config(const Verb& root, const Arguments& arguments, UnknownGroups unknown_groups) {
  Config config(collect_options(root), unknown_groups);
  for (const std::filesystem::path& file : standard_config_files()) {
    config.apply_file(file);
  }
  config.apply_environment(environ);
  for (const std::string& file : config_files(arguments)) {
    config.apply_file(file);
  }
  for (const FlagUse& use : arguments.flags) {
    if (!use.option.key.empty()) {
      config.apply_setting(use.option.key + "=" + use.value, "--" + use.option.flag);
    } else if (use.option.flag == "set") {
      config.apply_setting(use.value, "--set");
    }
  }
  return config;
}

LogLevel log_level(const Config& config, const Arguments& arguments) {
  if (is_on(arguments, "verbose")) {
    return LogLevel::kDebug;
  }
  if (is_on(arguments, "quiet")) {
    return LogLevel::kError;
  }
  const std::string name = config.get_string("log.level");
  return name == "debug"  ? LogLevel::kDebug
         : name == "info" ? LogLevel::kInfo
         : name == "warn" ? LogLevel::kWarn
                          : LogLevel::kError;
}

void set_up_log(const Config& config, const Arguments& arguments) {
  configure_log(log_level(config, arguments),
                config.get_string("log.format") == "json" ? LogFormat::kJson : LogFormat::kText,
                config.is_set("log.file") ? config.get_path("log.file") : std::filesystem::path());
}

std::string inherited_program(const std::vector<const Verb*>& verbs) {
  std::string program;
  for (const Verb* verb : verbs) {
    program = verb->program.empty() ? program : verb->program;
  }
  return program;
}

const VerbFunction& function_of(const std::vector<VerbEntry>& functions,
                                const std::vector<std::string>& path) {
  for (const VerbEntry& entry : functions) {
    if (entry.verb_path == path) {
      return entry.run;
    }
  }
  throw Error(ErrorKind::kInternal, "this program has no function for the verb");
}

ExitCode run_verb(const Verb& root, const std::vector<VerbEntry>& functions,
                  const Arguments& arguments, char** argv, const ProgramHooks& hooks) {
  if (is_on(arguments, "verbose")) {
    configure_log(LogLevel::kDebug, LogFormat::kText);
  }
  Command command{
      arguments.verb_path(), arguments.positionals,
      build_config(root, arguments, hooks.become ? UnknownGroups::kRefuse : UnknownGroups::kSkip)};
  set_up_log(command.config, arguments);
  const std::string program = inherited_program(arguments.verbs);
  if (hooks.become && !program.empty()) {
    std::cout.flush();
    hooks.become(program, argv);
  }
  command.config_files = config_files(arguments);
  command.json = is_on(arguments, "json");
  command.dry_run = is_on(arguments, "dry-run");
  command.quiet = is_on(arguments, "quiet");
  command.progress = !command.quiet && command.config.get_bool("progress");
  const ExitCode code = function_of(functions, command.verb_path)(command);
  std::cout.flush();
  if (!std::cout) {
    throw Error(ErrorKind::kResource, "cannot write to standard output");
  }
  return code;
}

/// Describes what nobody expected in a file of its own and returns its path; empty when even that
/// fails, since the first error matters more.
std::string write_crash_report(const std::string& message, int argc, char** argv) {
  std::string text = "message: " + message + "\nversion: " + std::string(project_version()) +
                     "\ncommit: " + std::string(git_commit()) + "\ncommand:";
  for (int i = 0; i < argc; ++i) {
    text += " '" + std::string(argv[i]) + "'";
  }
  const std::filesystem::path file = state_dir() / ("crash-" + std::to_string(std::time(nullptr)) +
                                                    "-" + std::to_string(getpid()) + ".txt");
  const auto written = guard<bool>("crash report", [&] {
    write_file_atomically(file, text + "\n");
    return true;
  });
  return std::holds_alternative<bool>(written) ? file.string() : "";
}

void print_error(const std::string& line) {
  std::fprintf(stderr, "%s\n", without_controls(line).c_str());
}

int report_unexpected(const std::string& name, const std::string& message, int argc, char** argv) {
  const std::string file = write_crash_report(message, argc, argv);
  print_error(name + ": internal error: " + message +
              (file.empty() ? "" : " (crash report: " + file + ")"));
  return to_int(ExitCode::kRuntimeError);
}

/// What helps whatever the verb was about to open; empty for other failures.
std::string remedy(const Failure& failure) {
  return failure.lacks_descriptors ? "; raise the limit of open files (ulimit -n) and run again"
                                   : "";
}

/// Runs `work` and turns what it throws into a line on stderr and an exit code.
template <typename Work>
int with_errors_reported(const std::string& name, int argc, char** argv, const Work& work) {
  try {
    return work();
  } catch (...) {
    const Failure failure = describe_current_exception("program");
    if (failure.kind == ErrorKind::kInternal) {
      return report_unexpected(name, failure.message, argc, argv);
    }
    const std::string message = failure.message + remedy(failure);
    // Messages of the argument parser already name the verb they are about.
    print_error(message.rfind(name, 0) == 0 ? message : name + ": " + message);
    return to_int(exit_code_for(failure.kind));
  }
}

std::string version_line(const Verb& root) {
  return root.name + " " + std::string(project_version()) + " (" + std::string(git_commit()) +
         (git_dirty() ? ", modified" : "") + ")\n";
}

}  // namespace

Config config_with_file(const Command& command, const std::string& file) {
  Config config = command.config;
  config.apply_file(file);
  for (const std::string& later : command.config_files) {
    config.apply_file(later);
  }
  for (const auto& [key, value] : command.config.values()) {
    if (value.origin.rfind("--", 0) == 0) {
      config.apply_setting(key + "=" + value.text, value.origin);
    }
  }
  return config;
}

int run_program(const Verb& root, const std::vector<VerbEntry>& functions, int argc, char** argv,
                const ProgramHooks& hooks) {
  std::signal(SIGPIPE, SIG_DFL);  // a closed pipe ends the program quietly, whatever was inherited
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  Arguments arguments;
  std::string name = root.name;
  const int code = with_errors_reported(name, argc, argv, [&] {
    if (words == std::vector<std::string>{"--self-report"} && hooks.self_report) {
      std::cout << hooks.self_report() << "\n" << std::flush;
      return 0;
    }
    if (words == std::vector<std::string>{"--version"}) {
      std::cout << version_line(root) << std::flush;
      return 0;
    }
    if (words.empty()) {
      std::cerr << help_text({&root}, false);
      return to_int(ExitCode::kUsage);
    }
    arguments = parse_arguments(root, words);
    name = full_name(arguments.verbs);
    if (arguments.help) {
      const std::string color = flag_value(arguments, "color").value_or("auto");
      std::cout << help_text(arguments.verbs, use_color(color)) << std::flush;
      return 0;
    }
    return -1;
  });
  if (code >= 0) {
    return code;
  }
  return with_errors_reported(
      name, argc, argv, [&] { return to_int(run_verb(root, functions, arguments, argv, hooks)); });
}

}  // namespace changeling
