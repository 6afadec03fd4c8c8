#include "tests/apps/process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <stdexcept>

#include "cambium/framework/data/idx.h"

namespace cambium_tests {
namespace {

using To = Surroundings::To;

struct Ends {
  int child = -1, parent = -1;
};

Ends pipe_of(bool stuck) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  if (stuck) {
    fcntl(ends[1], F_SETPIPE_SZ, 4096);
    return {ends[1], ends[0]};
  }
  close(ends[0]);
  return {ends[1], -1};
}

Ends terminal_of(int columns) {
  const int parent = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (parent < 0 || grantpt(parent) != 0 || unlockpt(parent) != 0) throw std::runtime_error("no terminal");
  const winsize size{24, static_cast<unsigned short>(columns), 0, 0};
  ioctl(parent, TIOCSWINSZ, &size);
  fcntl(parent, F_SETFL, O_NONBLOCK);
  return {open(ptsname(parent), O_RDWR | O_NOCTTY | O_CLOEXEC), parent};
}

Ends ends_of(To to, const std::string& file, int columns) {
  if (to == To::closed) return {};
  if (to == To::left_pipe || to == To::stuck_pipe) return pipe_of(to == To::stuck_pipe);
  if (to == To::terminal) return terminal_of(columns);
  return {open(to == To::full_disk ? "/dev/full" : file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), -1};
}

void place(int from, int to) {
  if (from >= 0)
    dup2(from, to);
  else
    close(to);
}

// Between fork and exec: only what a signal handler may do.
void become(const char* program, char** words, const int* descriptors, const Surroundings& around) {
  setpgid(0, 0);
  for (int to = 0; to < 3; ++to) place(descriptors[to], to);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ}) signal(number, SIG_DFL);
  for (const int number : around.ignored) signal(number, SIG_IGN);
  if (around.most_bytes >= 0) {
    const rlimit limit{static_cast<rlim_t>(around.most_bytes), static_cast<rlim_t>(around.most_bytes)};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  constexpr uid_t nobody = 65534;
  const rlimit none{0, 0};
  if (!around.threads && ((geteuid() == 0 && setresuid(nobody, nobody, nobody) != 0) || setrlimit(RLIMIT_NPROC, &none) != 0))
    _exit(Process::not_started);
  execv(program, words);
  _exit(Process::not_started);
}

constexpr int patience = 6000;  // times 10 ms

}  // namespace

Process::Process(const std::string& name, const std::vector<std::string>& words, const Surroundings& around) {
  start(app(name), words, around);
}

Process::~Process() {
  if (child_ > 0 && !ended()) kill(child_, SIGKILL), waitpid(child_, nullptr, 0);
  if (reader_ >= 0) close(reader_);
}

void Process::start(const std::string& program, const std::vector<std::string>& words, const Surroundings& around) {
  std::vector<char*> arguments{const_cast<char*>(program.c_str())};
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const Ends out = ends_of(around.out, folder_.file("out"), around.columns);
  const Ends err = ends_of(around.err, folder_.file("err"), around.columns);
  reader_ = out.parent;
  const int in = around.in_closed ? -1 : open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int descriptors[3] = {in, out.child, err.child};
  child_ = fork();
  if (child_ == 0) become(program.c_str(), arguments.data(), descriptors, around);
  for (const int descriptor : descriptors)
    if (descriptor >= 0) close(descriptor);
  if (child_ < 0) throw std::runtime_error("no process");
}

std::string Process::out() {
  if (reader_ < 0) return read_bytes(folder_.file("out"));
  char some[4096];
  if ((fcntl(reader_, F_GETFL) & O_NONBLOCK) != 0)
    for (ssize_t n; (n = read(reader_, some, sizeof some)) > 0;) read_.append(some, static_cast<std::size_t>(n));
  return read_;
}

bool Process::ended() {
  if (child_ < 0) return true;
  out();  // a terminal that nobody reads fills up
  if (waitpid(child_, &status_, WNOHANG) != child_) return false;
  child_ = -1;
  return true;
}

bool Process::says(const std::string& text) {
  for (int i = 0; i < patience; ++i) {
    const bool over = ended();
    if ((out() + read_bytes(folder_.file("err"))).find(text) != std::string::npos) return true;
    if (over) return false;
    usleep(10'000);
  }
  return false;
}

void Process::send(int signal) {
  if (child_ > 0) kill(child_, signal);
}

void Process::resize(int columns) {
  const winsize size{24, static_cast<unsigned short>(columns), 0, 0};
  ioctl(reader_, TIOCSWINSZ, &size);
}

Ending Process::wait() {
  int tries = patience;
  while (!ended() && --tries > 0) usleep(10'000);
  const int code = tries == 0 ? -1000 : WIFEXITED(status_) ? WEXITSTATUS(status_) : -WTERMSIG(status_);
  return {code, out(), without_notice(read_bytes(folder_.file("err")))};
}

void write_images(const std::string& folder, const std::string& part, int count, int side) {
  const auto n = static_cast<std::size_t>(count), pixels = static_cast<std::size_t>(side) * static_cast<std::size_t>(side);
  std::vector<std::uint8_t> images(n * pixels), labels(n);
  for (std::size_t i = 0; i < images.size(); ++i) images[i] = static_cast<std::uint8_t>(i * i % 251);
  for (std::size_t i = 0; i < n; ++i) labels[i] = static_cast<std::uint8_t>(i % 10);
  cambium::write_idx(folder + "/" + part + "-images-idx3-ubyte", {{count, side, side}, images});
  cambium::write_idx(folder + "/" + part + "-labels-idx1-ubyte", {{count}, labels});
}

const std::string& few_images() {
  static const TempFolder folder;
  static const bool written = [] {
    write_images(folder.path(), "train", 80, 28);
    write_images(folder.path(), "t10k", 20, 28);
    return true;
  }();
  static_cast<void>(written);
  return folder.path();
}

std::vector<std::string> training(const std::vector<std::string>& more) {
  std::vector<std::string> words{"--data", "mnist", "--data-dir", few_images(), "--threads", "1", "--model", "linear"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

}  // namespace cambium_tests
