// ThreadPool: every piece once, whoever takes it.

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/thread_pool.h"
#include "tests/support/count_allocations.h"
#include "tests/support/in_child.h"

using namespace cambium;

namespace {

// Runs so many pieces; returns how many were not run exactly once, on a thread that exists, with what they wrote visible then.
int wrong_pieces(ThreadPool& pool, int pieces, std::vector<int>& runs) {
  std::fill(runs.begin(), runs.end(), 0);
  std::atomic<int> wrong{0};
  pool.run(pieces, [&](int piece, int thread) {
    if (piece < 0 || piece >= pieces || thread < 0 || thread >= pool.count()) return static_cast<void>(++wrong);
    ++runs[static_cast<std::size_t>(piece)];  // not atomic: two runs of one piece would be a race
  });
  for (std::size_t i = 0; i < runs.size(); ++i) wrong += runs[i] != (static_cast<int>(i) < pieces);
  return wrong;
}

constexpr int odd_counts[] = {1, 2, 3, 8, 7, 0, 13, 64, 5, 101, 4, 1, 9};

}  // namespace

TEST_CASE("threads: every piece is run exactly once, for any number of threads and pieces") {
  for (int count = 1; count <= 8; ++count) {
    ThreadPool pool(count);
    CHECK(pool.count() == count);
    std::vector<int> runs(101);
    int wrong = 0;
    for (int round = 0; round < 150; ++round)
      for (int pieces : odd_counts) wrong += wrong_pieces(pool, pieces, runs);
    CHECK(wrong == 0);
  }
}

TEST_CASE("threads: the only piece may hand out more") {
  ThreadPool pool(3);
  std::vector<int> runs(101);
  int wrong = 0;
  for (int round = 0; round < 300; ++round)
    pool.run(1, [&](int, int thread) { wrong += thread != 0 || wrong_pieces(pool, odd_counts[round % 13], runs) != 0; });
  CHECK(wrong == 0);
}

TEST_CASE("threads: two pieces never run on one thread at the same time") {
  ThreadPool pool(4);
  std::vector<std::atomic<int>> busy(4);
  std::atomic<int> clashes{0};
  for (int round = 0; round < 500; ++round)
    pool.run(11, [&](int, int thread) {
      auto& mine = busy[static_cast<std::size_t>(thread)];
      if (mine.fetch_add(1) != 0) ++clashes;
      if (round % 50 == 0) std::this_thread::yield();
      mine.fetch_sub(1);
    });
  CHECK(clashes == 0);
}

TEST_CASE("threads: threads that have fallen asleep wake up, and those still awake are not lost") {
  for (int count : {2, 3, 8}) {
    ThreadPool pool(count);
    std::vector<int> runs(101);
    int wrong = 0;
    for (int round = 0; round < 60; ++round) {
      // From no pause at all to one in which all threads have surely gone to sleep.
      if (round % 3) std::this_thread::sleep_for(std::chrono::microseconds(round * round));
      for (int pieces : {count, 17, 2}) wrong += wrong_pieces(pool, pieces, runs);
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("threads: several sets of threads work side by side, each for its own caller") {
  std::vector<std::thread> callers;
  std::atomic<int> wrong{0};
  for (int caller = 0; caller < 3; ++caller)
    callers.emplace_back([&wrong, caller] {
      ThreadPool pool(2 + caller);
      std::vector<int> runs(101);
      for (int round = 0; round < 200; ++round) wrong += wrong_pieces(pool, odd_counts[(round + caller) % 13], runs);
    });
  for (std::thread& caller : callers) caller.join();
  CHECK(wrong == 0);
}

TEST_CASE("threads: threads can be taken down at any time: unused, just used, asleep") {
  for (int round = 0; round < 120; ++round) {
    auto pool = std::make_unique<ThreadPool>(1 + round % 8);
    std::vector<int> runs(101);
    if (round % 3 > 0) CHECK(wrong_pieces(*pool, 1 + round % 20, runs) == 0);
    if (round % 3 > 1) std::this_thread::sleep_for(std::chrono::microseconds(round * 20));
    pool.reset();
  }
}

TEST_CASE("threads: a caller may change from run to run") {
  ThreadPool pool(3);
  int wrong = 0;
  for (int round = 0; round < 50; ++round)
    std::thread([&] {
      std::vector<int> runs(101);
      wrong += wrong_pieces(pool, 1 + round, runs);
    }).join();
  CHECK(wrong == 0);
}

TEST_CASE("threads: more pieces than a ticket can count are handed out too") {
  for (int count : {1, 3}) {
    ThreadPool pool(count);
    for (int pieces : {65535, 65536, 200001}) {
      std::vector<int> runs(static_cast<std::size_t>(pieces) + 1);
      CHECK(wrong_pieces(pool, pieces, runs) == 0);
    }
  }
}

TEST_CASE("threads: a run takes no memory, asleep or awake") {
  ThreadPool pool(3);
  std::atomic<long> sum{0};
  const auto run = [&] { pool.run(9, [&](int piece, int) { sum += piece; }); };
  run();
  const cambium_tests::AllocationCount count;
  for (int round = 0; round < 100; ++round) run();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  run();
  CHECK(count.since() == 0);
  CHECK(sum == 102 * 36);
}

TEST_CASE("threads: callers that share threads at the same time all get their work done") {
  ThreadPool pool(3);
  std::vector<std::thread> callers;
  std::atomic<int> wrong{0};
  for (int caller = 0; caller < 3; ++caller)
    callers.emplace_back([&, caller] {
      std::vector<int> runs(101);
      for (int round = 0; round < 300; ++round) wrong += wrong_pieces(pool, odd_counts[(round + caller) % 13], runs);
    });
  for (std::thread& caller : callers) caller.join();
  CHECK(wrong == 0);
}

TEST_CASE("threads: in the child of a fork threads work, and can be taken down") {
  auto pool = std::make_unique<ThreadPool>(4), unused = std::make_unique<ThreadPool>(4);
  std::vector<int> runs(101);
  CHECK(wrong_pieces(*pool, 13, runs) == 0);
  CHECK(cambium_tests::holds_in_child([&] {
    int wrong = 0;
    for (int pieces : odd_counts) wrong += wrong_pieces(*pool, pieces, runs);
    unused.reset();
    // A child of the child is no different.
    const bool below = cambium_tests::holds_in_child([&] { return wrong_pieces(*pool, 13, runs) == 0 && (pool.reset(), true); });
    pool.reset();
    return wrong == 0 && below &&
           (cambium_tests::thread_sanitizer || wrong_pieces(*std::make_unique<ThreadPool>(3), 13, runs) == 0);
  }));
  CHECK(wrong_pieces(*pool, 13, runs) == 0);  // and here nothing has changed
}

TEST_CASE("threads: a fork while another thread is in the middle of its work") {
  auto pool = std::make_unique<ThreadPool>(3);
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::thread worker([&] {
    std::vector<int> runs(101);
    while (!stop) wrong += wrong_pieces(*pool, 64, runs);
  });
  std::vector<int> runs(101);
  for (int round = 0; round < 20; ++round)
    CHECK(cambium_tests::holds_in_child([&] { return wrong_pieces(*pool, 13, runs) == 0 && (pool.reset(), true); }));
  stop = true;
  worker.join();
  CHECK(wrong == 0);
}

TEST_CASE("pieces cover everything once, in order, and differ by at most one") {
  for (int n : {0, 1, 2, 7, 64, 1000003})
    for (int pieces : {1, 2, 3, 8}) {
      int next = 0, least = n, most = 0;
      for (int i = 0; i < pieces; ++i) {
        const Slice rows = slice_of(n, pieces, i);
        CHECK(rows.begin == next);
        CHECK(rows.index == i);
        next = rows.end;
        least = std::min(least, rows.count()), most = std::max(most, rows.count());
      }
      CHECK(next == n);
      CHECK(most - least <= 1);
    }
}

TEST_CASE("a number of threads that cannot be is an error") {
  for (int count : {-1, 65}) CHECK_THROWS_AS(ThreadPool{count}, Error);
  CHECK_THROWS_WITH_AS(ThreadPool(-1),
                       "threads -1: between 1 and 64 are possible, or 0 for one for each processor; try .threads = 0", Error);
  CHECK(ThreadPool().count() == std::min(64, available_processors()));
}
