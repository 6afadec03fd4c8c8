#include "apps/landscape/jobs.h"

#include <cstddef>
#include <exception>

#include "cambium/framework/base/thread_pool.h"

namespace landscape {

void run_jobs(const std::vector<std::function<void()>>& jobs, int threads) {
  std::vector<std::exception_ptr> failed(jobs.size());
  cambium::ThreadPool pool(threads);
  pool.run(static_cast<int>(jobs.size()), [&](int job, int) {
    const auto i = static_cast<std::size_t>(job);
    try {
      jobs[i]();
    } catch (...) {
      failed[i] = std::current_exception();
    }
  });
  for (const std::exception_ptr& error : failed)
    if (error) std::rethrow_exception(error);
}

}  // namespace landscape
