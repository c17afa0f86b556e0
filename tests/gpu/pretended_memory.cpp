#include "tests/gpu/pretended_memory.h"

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <vector>

#include <execinfo.h>
#include <sys/mman.h>
#include <torch/version.h>
#include <unistd.h>

#if TORCH_VERSION_MAJOR < 2
#define CHANGELING_ALLOCATE_CONST const
#else
#define CHANGELING_ALLOCATE_CONST
#endif

namespace changeling {
namespace {

constexpr std::size_t kArenaBytes = 16ULL << 30;
constexpr std::size_t kSmallestBlock = 64;  // LibTorch's alignment

[[noreturn]] void on_bad_access(int /*signal*/, siginfo_t* info, void* /*context*/);

/// Blocks of powers of two in one range of addresses, whose access is switched as a whole.
class Memory : public c10::Allocator {
 public:
  static Memory& instance() {
    static auto* const memory = new Memory;  // tensors may outlive static objects
    return *memory;
  }

  c10::DataPtr allocate(std::size_t bytes) CHANGELING_ALLOCATE_CONST override {
    void* const block = bytes == 0 ? nullptr : take(bytes);
    return {block, block, &give_back, c10::Device(c10::kCUDA, 0)};
  }

  c10::DeleterFnPtr raw_deleter() const override { return &give_back; }

  // Pure in LibTorch 2, absent before.
  void copy_data(void* to, const void* from, std::size_t bytes) const {
    std::memcpy(to, from, bytes);
  }

  void open() {
    const std::lock_guard lock(mutex_);
    if (users_++ == 0) {
      set_access(PROT_READ | PROT_WRITE);
    }
  }

  void close() {
    const std::lock_guard lock(mutex_);
    if (--users_ == 0) {
      set_access(PROT_NONE);
    }
  }

  [[nodiscard]] bool holds(const void* address) const {
    const auto* byte = static_cast<const char*>(address);
    return byte >= arena_ && byte < arena_ + kArenaBytes;
  }

 private:
  Memory() {
    void* const arena =
        ::mmap(nullptr, kArenaBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (arena == MAP_FAILED) {
      std::abort();
    }
    (void)::madvise(arena, kArenaBytes, MADV_HUGEPAGE);  // switching access goes page by page
    arena_ = static_cast<char*>(arena);
    struct sigaction action = {};
    action.sa_sigaction = &on_bad_access;
    action.sa_flags = SA_SIGINFO;
    ::sigaction(SIGSEGV, &action, nullptr);
  }

  void set_access(int rights) const {
    if (::mprotect(arena_, kArenaBytes, rights) != 0) {  // as where memory is never overcommitted
      std::perror("pretended card: mprotect of 16 GiB");
      std::abort();
    }
  }

  char* take(std::size_t bytes) const {
    std::size_t size = kSmallestBlock;
    while (size < bytes) {
      size *= 2;
    }
    const std::lock_guard lock(mutex_);
    std::vector<char*>& free = free_[size];
    char* block = nullptr;
    if (!free.empty()) {
      block = free.back();
      free.pop_back();
    } else {
      TORCH_CHECK(size <= kArenaBytes - used_, "CUDA out of memory (pretended card)");
      block = arena_ + used_;
      used_ += size;
      sizes_[block] = size;
    }
    return block;
  }

  static void give_back(void* block) {
    if (block == nullptr) {
      return;
    }
    const Memory& memory = instance();
    const std::lock_guard lock(memory.mutex_);
    char* const start = static_cast<char*>(block);
    memory.free_[memory.sizes_.at(start)].push_back(start);
  }

  char* arena_ = nullptr;
  mutable std::mutex mutex_;
  mutable std::map<std::size_t, std::vector<char*>> free_;  ///< by size
  mutable std::map<char*, std::size_t> sizes_;
  mutable std::size_t used_ = 0;
  int users_ = 0;
};

void on_bad_access(int /*signal*/, siginfo_t* info, void* /*context*/) {
  const char* const text = Memory::instance().holds(info->si_addr)
                               ? "pretended card: the host touches the card's memory\n"
                               : "segmentation fault\n";
  (void)!::write(STDERR_FILENO, text, std::strlen(text));
  std::array<void*, 60> frames{};
  ::backtrace_symbols_fd(frames.data(), ::backtrace(frames.data(), 60), STDERR_FILENO);
  ::_exit(128 + SIGSEGV);
}

}  // namespace

c10::Allocator* pretended_memory() {
  return &Memory::instance();
}

OpenMemory::OpenMemory() {
  Memory::instance().open();
}

OpenMemory::~OpenMemory() {
  Memory::instance().close();
}

}  // namespace changeling
