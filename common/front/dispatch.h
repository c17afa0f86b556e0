// common/front/dispatch.h: finds the heavy programs and becomes one of them. Layer 7.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace changeling {

/// The programs that heavy verbs become. Only those who train need the last one.
inline constexpr std::array<const char*, 3> kHeavyPrograms = {
    "changeling-generate", "changeling-evaluate", "changeling-train"};

/// Folders that are searched, in order: each of CHANGELING_EXEC_PATH (colons), the front program's
/// own, `../libexec/changeling` beside it.
[[nodiscard]] std::vector<std::filesystem::path> program_folders();

/// The first executable of that name, or nullopt.
[[nodiscard]] std::optional<std::filesystem::path> find_program(const std::string& name);

/// Replaces this process by the program with the same arguments (exec: signals and exit status stay
/// untouched). Throws Error(kConfig) naming the folders when there is none, Error(kResource) when
/// it does not start.
[[noreturn]] void become_program(const std::string& name, char** argv);

/// Runs `program words...` with standard error left alone, and returns its standard output. nullopt
/// when it does not start or does not exit with 0.
[[nodiscard]] std::optional<std::string> output_of(const std::filesystem::path& program,
                                                   const std::vector<std::string>& words);

}  // namespace changeling
