// common/front/report_server.h: a report folder and its clips over HTTP, for this machine alone.
// Layer 7.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

namespace changeling {

struct ServedReport {
  std::filesystem::path folder;   ///< of index.html
  std::filesystem::path catalog;  ///< whose fakes and controls are played
  int port = 0;                   ///< 0 = any free one
};

/// Serves until SIGINT or SIGTERM, on 127.0.0.1 only. GET and HEAD alone, with byte ranges; files
/// of the folder as they are, and `/clip/<SHA-256>` for fakes and controls that the catalog has.
/// Requests under another host name than loopback are refused: a page elsewhere cannot read clips
/// through a name that it points here. `on_ready` is told the port. Throws Error(kConfig) when the
/// folder has no index.html, Error(kResource) when the port is taken.
void serve_report(const ServedReport& report, const std::function<void(int port)>& on_ready);

}  // namespace changeling
