#include "common/front/report_server.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <future>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include <httplib.h>

#include "catalog/store/blob_store.h"
#include "catalog/store/database.h"
#include "catalog/store/sql_query.h"
#include "common/base/error.h"
#include "common/base/stop_signal.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLoopback = "127.0.0.1";

/// Hex digests of clips whose file is in this state. Those that are `present` may be played.
std::set<std::string> clips_that_are(const std::string& state, const fs::path& catalog) {
  Database database = Database::open_reader(catalog);
  std::set<std::string> digests;
  run_sql_query(database,
                "SELECT lower(hex(sha256)) FROM artifact JOIN blob USING(sha256) WHERE kind IN "
                "('fake_video','real_control') AND state = '" +
                    state + "'",
                [&](const std::vector<std::string>&, const std::vector<SqlValue>& row) {
                  digests.insert(std::get<std::string>(row.at(0)));
                });
  return digests;
}

bool is_loopback_name(const std::string& host) {
  const std::string name = host.substr(0, host.rfind(':'));
  return name == kLoopback || name == "localhost";
}

/// Hands the file out piece by piece; the library cuts the ranges.
void send_file(const fs::path& file, httplib::Response& response) {
  std::error_code failed;
  const std::uintmax_t size = fs::file_size(file, failed);
  if (failed) {
    response.status = 404;
    return;
  }
  response.set_content_provider(
      static_cast<std::size_t>(size), "video/mp4",
      [file](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
        std::ifstream stream(file, std::ios::binary);
        std::string bytes(std::min<std::size_t>(length, std::size_t{1} << 16), '\0');
        stream.seekg(static_cast<std::streamoff>(offset));
        stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        return stream.gcount() > 0 &&
               sink.write(bytes.data(), static_cast<std::size_t>(stream.gcount()));
      });
}

/// Unlike the library's options these let no second server share the port.
void own_the_port(socket_t socket) {
  const int yes = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
}

void add_routes(const ServedReport& report, httplib::Server& server) {
  const std::set<std::string> clips = clips_that_are("present", report.catalog);
  const std::set<std::string> gone = clips_that_are("purged", report.catalog);
  const BlobStore blobs(objects_folder(report.catalog));
  server.set_pre_routing_handler([](const httplib::Request& request, httplib::Response& response) {
    const bool reads = request.method == "GET" || request.method == "HEAD";
    if (reads && is_loopback_name(request.get_header_value("Host"))) {
      return httplib::Server::HandlerResponse::Unhandled;
    }
    response.status = reads ? 403 : 405;
    return httplib::Server::HandlerResponse::Handled;
  });
  server.Get("/clip/([0-9a-f]{64})", [clips, gone, blobs](const httplib::Request& request,
                                                          httplib::Response& response) {
    const std::string digest = request.matches[1];
    if (clips.count(digest) == 0) {
      response.status = gone.count(digest) > 0 ? 410 : 404;
      response.set_content(response.status == 410 ? "removed on purpose: pruned, or erased with a "
                                                    "person; the clip's numbers stay\n"
                                                  : "",
                           "text/plain");
      return;
    }
    const std::string root = blobs.root().string();
    send_file(fs::path(root) / digest.substr(0, 2) / digest.substr(2, 2) / digest, response);
  });
  server.set_default_headers(
      {{"X-Content-Type-Options", "nosniff"}, {"Cache-Control", "no-cache"}});
}

/// What else to do where `folder` has no report of its own.
std::string way_out(const fs::path& folder) {
  std::vector<std::string> others;
  std::error_code unread;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, unread)) {
    if (fs::exists(entry.path() / "index.html", unread)) {
      others.push_back("'" + entry.path().string() + "'");
    }
  }
  if (others.empty()) {
    return "write one with 'changeling report build'";
  }
  std::sort(others.begin(), others.end());
  std::string text = "give --out one that has:";
  for (const std::string& other : others) {
    text += " " + other;
  }
  return text;
}

/// Of a server that is bound. Throws Error(kResource) when it ends by itself.
void serve_until_stopped(httplib::Server& server) {
  std::future<bool> served =
      std::async(std::launch::async, [&server] { return server.listen_after_bind(); });
  bool is_stopped = false;
  while (served.wait_for(std::chrono::milliseconds(50)) == std::future_status::timeout) {
    if (stop_requested() != 0 && server.is_running() && !is_stopped) {
      server.stop();  // once; does nothing before the server runs
      is_stopped = true;
    }
  }
  if (!served.get() && !is_stopped) {
    throw Error(ErrorKind::kResource, "the server has ended by itself (run it again)");
  }
}

}  // namespace

void serve_report(const ServedReport& report, const std::function<void(int port)>& on_ready) {
  if (!fs::exists(report.folder / "index.html")) {
    throw Error(ErrorKind::kConfig, "no index.html in '" + report.folder.string() + "' (" +
                                        way_out(report.folder) + ")");
  }
  install_stop_signal();
  httplib::Server server;
  add_routes(report, server);
  server.set_socket_options(&own_the_port);
  server.set_mount_point("/", report.folder.string());
  int port = report.port;
  if (port == 0) {
    port = server.bind_to_any_port(kLoopback);
  } else if (!server.bind_to_port(kLoopback, port)) {
    port = -1;
  }
  if (port < 0) {
    throw Error(ErrorKind::kResource, "cannot listen on " + std::string(kLoopback) + ":" +
                                          std::to_string(report.port) + " (is it in use?)");
  }
  on_ready(port);  // the port takes connections already
  serve_until_stopped(server);
}

}  // namespace changeling
