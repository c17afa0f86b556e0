// leak_goal: goal E3. Prints what each leak probe finds on clean clips of 40 people and on clips
// with a planted tell-tale. Exits 0 when the clean ones pass and each planted one is refused by the
// gate of an export, else 4.
#include <cstdio>
#include <string>
#include <vector>

#include "catalog/export/export_run.h"
#include "catalog/export/probe_set.h"
#include "catalog/store/detector_store.h"
#include "tests/support/export_catalog.h"
#include "tests/support/temp_dir.h"

namespace changeling {
namespace {

constexpr int kPeople = 40;

ExportCatalogSpec clean_spec() {
  ExportCatalogSpec spec;
  spec.parts = {"train"};
  spec.people_per_part = kPeople;
  return spec;
}

bool print_probes(ExportCatalog& catalog, const char* title) {
  const DetectorStore store(catalog.database());
  bool holds = true;
  for (const ProbeResult& probe : probe_set(catalog.database(), catalog.blobs(), catalog.roots(),
                                            store.all_clips(store.find_set("")))) {
    if (probe.auc && probe.interval) {
      std::printf(
          "%-18s %-10s AUC %.3f, 95 %% interval %.3f .. %.3f, allowed 0.5 +- %.3f, %lld people: "
          "%s\n",
          title, probe.name.c_str(), *probe.auc, probe.interval->low, probe.interval->high,
          probe.allowance(), static_cast<long long>(probe.people),
          probe.fails() ? "leaks" : "holds");
    } else {
      std::printf("%-18s %-10s not known: no clip gives what it looks at\n", title,
                  probe.name.c_str());
    }
    holds = holds && probe.auc && !probe.fails();
  }
  return holds;
}

/// Whether the gate refuses to export the catalog's clips for the codec's sake.
bool is_refused(ExportCatalog& catalog, const std::filesystem::path& out) {
  ExportRequest request;
  request.spec.name = "leaks";
  request.spec.version = "1.0.0";
  request.spec.formats = {"videofolder"};
  request.out = out;
  request.dry_run = true;
  const ExportResult result =
      run_export(catalog.database(), catalog.blobs(), catalog.roots(), catalog.keys(), request);
  for (const GateFinding& finding : result.refusals) {
    if (finding.check == "codec") {
      std::printf("  refused: %s\n", finding.offender.c_str());
      return true;
    }
  }
  return false;
}

bool run_case(const ExportCatalogSpec& spec, const char* title, bool is_planted) {
  const TempDir dir;
  ExportCatalog catalog(dir.path(), spec);
  const bool passes = print_probes(catalog, title);
  const bool refused = is_refused(catalog, dir.path() / "out");
  return is_planted ? !passes && refused : passes && !refused;
}

}  // namespace
}  // namespace changeling

int main() {
  using namespace changeling;
  ExportCatalogSpec crf = clean_spec();
  crf.fakes_crf = 32;
  ExportCatalogSpec resolution = clean_spec();
  resolution.fakes_grow = true;
  bool holds = run_case(clean_spec(), "clean", false);
  holds = run_case(crf, "planted CRF", true) && holds;
  holds = run_case(resolution, "planted resolution", true) && holds;
  return holds ? 0 : 4;
}
