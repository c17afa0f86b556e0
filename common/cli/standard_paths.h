// common/cli/standard_paths.h: where configuration, state and assets lie (XDG base directories).
// Layer 1.
#pragma once

#include <filesystem>
#include <vector>

namespace changeling {

/// Configuration files that are read when they exist, lowest first: system, user, project
/// (`changeling.yaml` in the working folder).
[[nodiscard]] std::vector<std::filesystem::path> standard_config_files();

/// The user's settings and keys: `$XDG_CONFIG_HOME/changeling`, default `~/.config/changeling`;
/// empty without a home.
[[nodiscard]] std::filesystem::path config_dir();

/// Crash reports: `$XDG_STATE_HOME/changeling`, default `~/.local/state/changeling`.
[[nodiscard]] std::filesystem::path state_dir();

/// Fetched packages and imported networks: `CHANGELING_ASSETS_DIR`, else `assets/` in the source
/// tree above the program's folder (`assets.lock` and `script/` tell it), else
/// `$XDG_DATA_HOME/changeling`, default `~/.local/share/changeling`.
[[nodiscard]] std::filesystem::path assets_dir();

/// The running program's file, symbolic links resolved; empty when unknown.
[[nodiscard]] std::filesystem::path executable_path();

}  // namespace changeling
