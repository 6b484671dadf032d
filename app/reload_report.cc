#include "app/reload_report.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/daemon_log.h"

namespace tocsin {
namespace {

std::filesystem::path path_in(const std::string& data_dir) {
  return std::filesystem::path(data_dir) / "reload.txt";
}

}  // namespace

void write_reload_report(const std::string& data_dir, ReloadReport report) {
  const std::optional<ReloadReport> before = read_reload_report(data_dir);
  report.number = before ? before->number + 1 : 1;
  const std::filesystem::path path = path_in(data_dir);
  const std::filesystem::path fresh = path.string() + ".new";
  std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
  out << report.number << (report.loaded ? " loaded\n" : " refused\n") << report.text;
  out.close();
  std::error_code error;
  if (out) std::filesystem::rename(fresh, path, error);
  if (!out || error) log_warning(path.string() + " can't be written: `tocsin reload` will not hear of this reload");
}

std::optional<ReloadReport> read_reload_report(const std::string& data_dir) {
  std::ifstream in(path_in(data_dir), std::ios::binary);
  ReloadReport report;
  std::string outcome;
  if (!(in >> report.number >> outcome)) return std::nullopt;
  in.get();  // the line's end
  report.loaded = outcome == "loaded";
  std::ostringstream text;
  text << in.rdbuf();
  report.text = text.str();
  return report;
}

}  // namespace tocsin
