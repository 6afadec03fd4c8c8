#include "cambium/framework/kernels/blas.h"

#include <cblas.h>
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>

#include <atomic>
#include <cstddef>
#include <string>
#include <string_view>
#include <thread>

namespace cambium {

namespace {

#ifdef CAMBIUM_F64
using Gemm = decltype(cblas_dgemm);
using Gemv = decltype(cblas_dgemv);
constexpr const char *gemm_name = "cblas_dgemm", *gemv_name = "cblas_dgemv";
#else
using Gemm = decltype(cblas_sgemm);
using Gemv = decltype(cblas_sgemv);
constexpr const char *gemm_name = "cblas_sgemm", *gemv_name = "cblas_sgemv";
#endif

// OpenBLAS takes some 40 MB itself, and up to 128 MB for each product under way. It asks for them for ever when they are not there.
bool has_room() noexcept {
  constexpr std::size_t size = std::size_t{192} << 20;
  void* const room = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return room != MAP_FAILED && munmap(room, size) == 0;
}

struct OpenBlas {
  void* library = nullptr;
  std::string reason;  // why it is not there
  Gemm* gemm = nullptr;
  Gemv* gemv = nullptr;
  decltype(openblas_get_num_threads)* get_threads = nullptr;
  decltype(openblas_set_num_threads)* set_threads = nullptr;
  decltype(openblas_get_parallel)* get_parallel = nullptr;
  decltype(openblas_get_config)* get_config = nullptr;
  decltype(openblas_get_corename)* get_corename = nullptr;
  int (*get_openmp_threads)() = nullptr;
  void (*set_openmp_threads)(int) = nullptr;

  OpenBlas();

 private:
  template <class Function>
  bool find(Function*& function, const char* name) {
    return (function = reinterpret_cast<Function*>(dlsym(library, name))) != nullptr;
  }
  void load();
};

void OpenBlas::load() {
  cpu_set_t before, one;
  const int cpu = sched_getcpu();
  const bool held = cpu >= 0 && cpu < CPU_SETSIZE && sched_getaffinity(0, sizeof before, &before) == 0;
  if (held) {
    CPU_ZERO(&one);
    CPU_SET(static_cast<std::size_t>(cpu), &one);
    sched_setaffinity(0, sizeof one, &one);
  }
  for (const char* name : {"libopenblas.so.0", "libopenblas.so", "libopenblasp.so.0", "libopenblaso.so.0"})
    if (!library) library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (!library) reason = dlerror();
  if (held) sched_setaffinity(0, sizeof before, &before);
}

OpenBlas::OpenBlas() {
  if (!has_room()) {
    reason = "no memory for its products";
    return;
  }
  load();
  if (!library) return;
  const bool complete = find(gemm, gemm_name) && find(gemv, gemv_name) && find(get_threads, "openblas_get_num_threads") &&
                        find(set_threads, "openblas_set_num_threads") && find(get_parallel, "openblas_get_parallel") &&
                        find(get_config, "openblas_get_config") && find(get_corename, "openblas_get_corename");
  if (!complete) reason = "it is not the OpenBLAS that was expected", library = nullptr;
  // An OpenMP build asks OpenMP, whose setting belongs to the calling thread. We do not link it, OpenBLAS does.
  if (complete && get_parallel() == 2)
    find(get_openmp_threads, "omp_get_max_threads"), find(set_openmp_threads, "omp_set_num_threads");
}

const OpenBlas& blas() {
  static const OpenBlas found;
  return found;
}

// Through which every product goes. The first one in takes OpenBLAS's number of threads down to one, the last one out puts it back.
class Gate {
 public:
  void enter() noexcept {
    for (close(); inside_ == rooms_ && !has_room(); close()) open(), std::this_thread::yield();  // one in there will come out
    if (inside_ == rooms_) ++rooms_;
    if (inside_++ == 0 && (threads_ = blas().get_threads()) != 1) blas().set_threads(1);
    open();
  }
  void leave() noexcept {
    close();
    if (--inside_ == 0 && threads_ != 1 && blas().get_threads() == 1) blas().set_threads(threads_);
    open();
  }
  // For fork: no product is inside afterwards, and none enters.
  void empty() noexcept {
    for (close(); inside_ > 0; close()) open(), std::this_thread::yield();
  }
  void open() noexcept { closed_.store(false, std::memory_order_release); }

 private:
  void close() noexcept {
    while (closed_.exchange(true, std::memory_order_acquire)) std::this_thread::yield();
  }
  std::atomic<bool> closed_{false};
  int inside_ = 0, threads_ = 1;
  int rooms_ = 1;  // products that OpenBLAS has working memory for; the first was seen to when it was loaded
};
Gate gate;

// While it lives, OpenBLAS uses the calling thread and no other.
class OneThread {
 public:
  OneThread() noexcept {
    if (blas().set_openmp_threads && blas().get_openmp_threads) {
      threads_ = blas().get_openmp_threads();
      if (threads_ != 1) blas().set_openmp_threads(1);
    }
    gate.enter();
  }
  ~OneThread() {
    gate.leave();
    if (threads_ != 1) blas().set_openmp_threads(threads_);
  }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int threads_ = 1;
};

CBLAS_TRANSPOSE blas_op(Op op) { return op == Op::plain ? CblasNoTrans : CblasTrans; }

std::ptrdiff_t at(int row, int stride) { return static_cast<std::ptrdiff_t>(row) * stride; }

// y (out, a value every step_y) = alpha * op(A) (out, in) * x + beta * y, with A as it is stored.
void matrix_times_vector(Op op, int out, int in, real alpha, const Operand& a, const real* x, int step_x, real beta, real* y,
                         int step_y) {
  // Some versions of gemv multiply what is in y by a beta of 0, which leaves a NaN where one was.
  if (beta == 0)
    for (int i = 0; i < out; ++i) y[at(i, step_y)] = 0;
  const bool plain = op == Op::plain;
  blas().gemv(CblasRowMajor, blas_op(op), plain ? out : in, plain ? in : out, alpha, a.data, a.stride, x, step_x, beta, y, step_y);
}

// C = alpha * a b^T + beta * C: bound by memory, and BLAS's rank-one update cannot overwrite.
void outer_product(int m, int n, real alpha, const real* a, int step_a, const real* b, int step_b, real beta, real* c, int ldc) {
  for (int i = 0; i < m; ++i) {
    const real factor = alpha * a[at(i, step_a)];
    real* row = c + at(i, ldc);
    if (beta == 0)
      for (int j = 0; j < n; ++j) row[j] = factor * b[at(j, step_b)];
    else
      for (int j = 0; j < n; ++j) row[j] = beta * row[j] + factor * b[at(j, step_b)];
  }
}

void gemm_without_blas(int m, int n, int k, real alpha, const Operand& a, const Operand& b, real beta, real* c, int ldc) {
  const auto in = [](const Operand& x, int row, int column) {
    return double{x.op == Op::plain ? x.data[at(row, x.stride) + column] : x.data[at(column, x.stride) + row]};
  };
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < n; ++j) {
      double sum = 0;
      for (int l = 0; l < k; ++l) sum += in(a, i, l) * in(b, l, j);
      real& to = c[at(i, ldc) + j];
      to = static_cast<real>(double{alpha} * sum + (beta == 0 ? 0 : double{beta} * to));
    }
}

}  // namespace

void gemm(int m, int n, int k, real alpha, const Operand& a, const Operand& b, real beta, real* c, int ldc) {
  if (m <= 0 || n <= 0) return;
  if (!has_blas()) return gemm_without_blas(m, n, k, alpha, a, b, beta, c, ldc);
  const OneThread one_thread;
  const bool plain_a = a.op == Op::plain, plain_b = b.op == Op::plain;
  // Packing does not pay for a few rows: 1 x 784 times 784 x 256 takes 8 us as a gemv and 52 us as a gemm, 3 rows 24 and 76 us.
  const int thin = k >= 32 ? 3 : 1;
  if (k == 1) {
    outer_product(m, n, alpha, a.data, plain_a ? a.stride : 1, b.data, plain_b ? 1 : b.stride, beta, c, ldc);
  } else if (m <= thin && k > 0) {
    for (int i = 0; i < m; ++i)
      matrix_times_vector(plain_b ? Op::transposed : Op::plain, n, k, alpha, b, a.data + (plain_a ? at(i, a.stride) : i),
                          plain_a ? 1 : a.stride, beta, c + at(i, ldc), 1);
  } else if (n <= thin && k > 0) {
    for (int j = 0; j < n; ++j)
      matrix_times_vector(a.op, m, k, alpha, a, b.data + (plain_b ? j : at(j, b.stride)), plain_b ? b.stride : 1, beta, c + j, ldc);
  } else {
    blas().gemm(CblasRowMajor, blas_op(a.op), blas_op(b.op), m, n, k, alpha, a.data, a.stride, b.data, b.stride, beta, c, ldc);
  }
}

bool has_blas() noexcept {
  static const bool there = [] {
    if (!blas().library) return false;
    pthread_atfork([] { gate.empty(); }, [] { gate.open(); }, [] { gate.open(); });
    return true;
  }();
  return there;
}

const char* blas_description() {
  static const std::string description = [] {
    if (!has_blas()) return "without OpenBLAS (" + blas().reason + ")";
    const std::string_view config = blas().get_config();  // "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ..."
    const std::size_t name_end = config.find(' ');
    const std::size_t version_end = name_end == config.npos ? config.npos : config.find(' ', name_end + 1);
    const int parallel = blas().get_parallel();
    const char* build = parallel == 0 ? "sequential" : parallel == 1 ? "pthread" : "OpenMP";
    return std::string(config.substr(0, version_end)) + ", " + build + " build, core " + blas().get_corename();
  }();
  return description.c_str();
}

const char* blas_warning() {
  if (!has_blas() || blas().get_parallel() != 2 || (blas().set_openmp_threads && blas().get_openmp_threads)) return "";
  static const std::string warning =
      std::string(blas_description()) + " takes its number of threads from OpenMP, which could not be found";
  return warning.c_str();
}

}  // namespace cambium
