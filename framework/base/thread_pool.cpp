#include "cambium/framework/base/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "cambium/framework/base/denormals.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/kernels/blas.h"

namespace cambium {
namespace {

// What is handed out to a thread: which job this is, the next of its slices, and where they end. In one word, so that a thread that
// is late can never take a slice of one job with the instructions of another.
struct Ticket {
  static constexpr int most_slices = 0xffff;
  std::uint64_t word;
  Ticket(std::uint64_t w) : word(w) {}
  Ticket(std::uint32_t job, int begin, int end)
      : word(static_cast<std::uint64_t>(job) << 32 | static_cast<std::uint64_t>(end) << 16 | static_cast<std::uint64_t>(begin)) {}
  std::uint32_t job() const { return static_cast<std::uint32_t>(word >> 32); }
  int end() const { return static_cast<int>(word >> 16 & 0xffff); }
  int next() const { return static_cast<int>(word & 0xffff); }
};

// Longer than the gaps inside a step and between two steps: to be woken costs some fifty microseconds, in which the others have
// done the work.
constexpr std::chrono::microseconds awake{200};

void pause(int spin) {
  if (spin % 64 == 63) std::this_thread::yield();  // there may be more threads than free processors
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

}  // namespace

// Each thread first takes its own slices, the same in every step, so that what it wrote is still in its cache; then it helps the
// others.
struct ThreadPool::Pool {
  struct alignas(64) Line {  // of the cache
    std::atomic<std::uint64_t> ticket{0};
  };
  std::vector<Line> lines;  // by thread
  std::vector<std::thread> threads;
  int count = 1;  // as many as threads could be started, and the caller
  const unsigned home = forks();
  alignas(64) std::atomic<int> unfinished{0};
  std::atomic<int> sleeping{0};
  std::atomic<bool> stop{false}, taken{false};
  std::atomic<Call> call{nullptr};
  std::atomic<void*> work{nullptr};

  explicit Pool(int most) : lines(static_cast<std::size_t>(most)) { threads.reserve(static_cast<std::size_t>(most)); }
  ~Pool() {
    if (abandoned()) {
      for (auto& thread : threads) std::construct_at(&thread);  // none of them exists here
      return;
    }
    stop = true;
    hand_out(0);
    for (auto& thread : threads) thread.join();
  }
  bool abandoned() const noexcept { return home != forks(); }  // this is the child of a fork

  std::atomic<std::uint64_t>& ticket(int thread) { return lines[static_cast<std::size_t>(thread)].ticket; }

  void hand_out(int slices) noexcept {
    const std::uint32_t job = Ticket(ticket(0).load()).job() + 1;
    const int busy = slices < count ? slices : count;  // the others have none of their own, but may be quicker
    for (int thread = 0; thread < count; ++thread) {
      const Slice own = thread < busy ? slice_of(slices, busy, thread) : Slice{};
      ticket(thread).store(Ticket(job, own.begin, own.end).word);
    }
    for (int thread = 1; sleeping.load() > 0 && thread < count; ++thread) ticket(thread).notify_all();
  }

  // Takes slices of one thread until there are none left.
  void take_from(int owner, int thread) noexcept {
    std::uint64_t word = ticket(owner).load(std::memory_order_acquire);
    for (;;) {
      const Ticket t(word);
      if (t.next() >= t.end()) return;
      const Call c = call.load(std::memory_order_relaxed);
      void* const w = work.load(std::memory_order_relaxed);
      if (!ticket(owner).compare_exchange_weak(word, word + 1, std::memory_order_acq_rel)) continue;
      c(w, t.next(), thread);
      unfinished.fetch_sub(1, std::memory_order_acq_rel);
      word = ticket(owner).load(std::memory_order_acquire);
    }
  }
  void take_slices(int thread) noexcept {
    for (int i = 0; i < count; ++i) take_from((thread + i) % count, thread);
  }

  void serve(int thread) noexcept {
    const FlushDenormals flush;
    use_all_processors();
    std::uint32_t done = 0;
    while (!stop.load(std::memory_order_acquire)) {
      std::uint64_t word = ticket(thread).load();
      const auto since = std::chrono::steady_clock::now();
      for (int spin = 1; Ticket(word).job() == done; ++spin) {
        if (spin % 64 == 0 && std::chrono::steady_clock::now() - since > awake) break;
        pause(spin), word = ticket(thread).load();
      }
      if (Ticket(word).job() == done) {
        sleeping.fetch_add(1);
        word = ticket(thread).load();
        if (Ticket(word).job() == done && !stop.load()) ticket(thread).wait(word);
        sleeping.fetch_sub(1);
        continue;
      }
      done = Ticket(word).job();
      take_slices(thread);
    }
  }
};

ThreadPool::ThreadPool(int count) : pool_(nullptr) {
  constexpr int most = 64;
  if (count < 0 || count > most)
    throw Error("threads " + std::to_string(count) + ": between 1 and 64 are possible, or 0 for one for each processor",
                ".threads = 0");
  has_blas();  // now, because loading it takes memory
  const int asked = count > 0 ? count : std::min(available_processors(), most);
  pool_ = std::make_unique<Pool>(asked);
  const auto cannot = [&](const std::string& reason) {
    const std::string got = std::to_string(pool_->count);
    if (count > 0)
      throw Error("threads " + std::to_string(count) + ": the system lets only " + got + " run: " + reason, ".threads = " + got);
  };
  try {
    for (; pool_->count < asked; ++pool_->count)
      pool_->threads.emplace_back([pool = pool_.get(), thread = pool_->count] { pool->serve(thread); });
  } catch (const std::system_error& error) {
    cannot(error.what());
  } catch (const std::bad_alloc&) {
    cannot("no memory");
  }
}

ThreadPool::~ThreadPool() = default;

int ThreadPool::count() const { return pool_->count; }

void ThreadPool::run(int slices, Call call, void* work) noexcept {
  const bool alone = slices <= 1 || count() == 1 || pool_->abandoned();
  if (alone || pool_->taken.exchange(true, std::memory_order_acquire)) {
    for (int slice = 0; slice < slices; ++slice) call(work, slice, 0);
    return;
  }
  hand_out(slices, call, work);
  pool_->taken.store(false, std::memory_order_release);
}

void ThreadPool::hand_out(int slices, Call call, void* work) noexcept {
  if (slices > Ticket::most_slices) {
    struct Part {
      Call call;
      void* work;
      int first;
    } part{call, work, 0};
    for (; part.first < slices; part.first += Ticket::most_slices) {
      const auto shifted = [](void* p, int slice, int thread) {
        const Part& this_part = *static_cast<const Part*>(p);
        this_part.call(this_part.work, this_part.first + slice, thread);
      };
      hand_out(std::min(Ticket::most_slices, slices - part.first), shifted, &part);
    }
    return;
  }
  pool_->call.store(call, std::memory_order_relaxed);
  pool_->work.store(work, std::memory_order_relaxed);
  pool_->unfinished.store(slices);
  pool_->hand_out(slices);
  pool_->take_slices(0);
  for (int spin = 0; pool_->unfinished.load(std::memory_order_acquire) > 0; ++spin) pause(spin);
}

}  // namespace cambium
