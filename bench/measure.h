// What the benchmarks measure with: the processor time of the whole process, all threads, and the corpus' size.
#pragma once

#include <sys/resource.h>

#include <cstddef>
#include <cstdlib>

namespace tocsin {

inline std::size_t corpus_lines(std::size_t usually) {
  const char* lines = std::getenv("TOCSIN_BENCH_LINES");
  return lines == nullptr ? usually : std::strtoull(lines, nullptr, 10);
}

inline double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace tocsin
