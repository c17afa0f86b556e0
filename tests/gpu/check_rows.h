// tests/gpu/check_rows.h: named figures of the GPU programs, as text and JSON.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace changeling {

struct FigureRow {
  std::string name;  ///< stable: "conv/3x3/1024-1024/32px/batch:8"
  double value = 0;
  std::string unit;           ///< "TFLOP/s", "frames/s", "x"
  std::string note;           ///< limit of a check, prediction of a bench; may be empty
  std::optional<bool> holds;  ///< of a check or a goal
};

/// Prints one line.
void print_row(const FigureRow& row);

/// Command line of both programs.
struct GpuArguments {
  std::string device = "cuda:0";
  std::string card;       ///< the device's own name and clocks, for the reader; may be empty
  bool quick = false;     ///< tiny sizes: shows that the program works, not how fast it is
  std::string json_path;  ///< empty: no JSON
  std::string pack_path;  ///< empty: random pictures
};

/// [--device NAME] [--card TEXT] [--quick] [--json FILE] [--pack FILE]. Throws Error(kConfig) for
/// anything else.
[[nodiscard]] GpuArguments parse_gpu_arguments(int argc, char** argv);

/// Writes {"device":..., "card":..., "torch":..., "commit":..., "rows":[...]} to json_path; nothing
/// when it is empty.
void write_rows(const GpuArguments& arguments, const std::vector<FigureRow>& rows);

/// Prints how many verdicts there are and how many failed; the program's status: 4 when one did.
[[nodiscard]] int status_of(const std::vector<FigureRow>& rows);

}  // namespace changeling
