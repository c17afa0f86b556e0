// tests/fuzz/reader_fuzz.cpp: libFuzzer program for all readers of hostile_reader.h; script/fuzz
// runs it. Own flags: --list prints their names, --reader=NAME chooses one, --seeds=FOLDER then
// writes its seeds there.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "tests/fuzz/hostile_reader.h"

namespace {

const changeling::HostileReader* chosen = nullptr;

/// What stands behind `--flag=`; empty when it is not given.
std::string value_of(const std::string& flag, int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument.rfind("--" + flag + "=", 0) == 0) {
      return argument.substr(flag.size() + 3);
    }
  }
  return {};
}

void write_seeds(const std::string& folder) {
  int number = 0;
  for (const std::string& seed : chosen->seeds) {
    const std::string file = folder + "/seed-" + std::to_string(number++);
    if (!(std::ofstream(file, std::ios::binary) << seed)) {
      std::fprintf(stderr, "cannot write '%s'\n", file.c_str());
      std::exit(1);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  const std::string name = value_of("reader", *argc, *argv);
  for (const changeling::HostileReader& reader : changeling::hostile_readers()) {
    if (*argc > 1 && (*argv)[1] == std::string("--list")) {
      std::printf("%s\n", reader.name.c_str());
    }
    chosen = reader.name == name ? &reader : chosen;
  }
  if (*argc > 1 && (*argv)[1] == std::string("--list")) {
    std::exit(0);
  }
  if (chosen == nullptr) {
    std::fprintf(stderr, "no reader '%s' (see --list)\n", name.c_str());
    std::exit(2);
  }
  if (const std::string folder = value_of("seeds", *argc, *argv); !folder.empty()) {
    write_seeds(folder);
    std::exit(0);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string input(bytes, bytes + size);
  if (const auto wrong = changeling::violation(*chosen, input)) {
    std::fprintf(stderr, "%s: %s\n", chosen->name.c_str(), wrong->c_str());
    std::abort();
  }
  return 0;
}
