#include "replay/path_glob.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <utility>

namespace tocsin {
namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr int kDeepest = 64;

// The end of a [set] that begins at `at`; kNone where it is not closed, and the bracket is literal.
std::size_t set_end(std::string_view pattern, std::size_t at) {
  std::size_t i = at + 1;
  if (i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^')) ++i;
  if (i < pattern.size() && pattern[i] == ']') ++i;
  while (i < pattern.size() && pattern[i] != ']') i += pattern[i] == '\\' ? 2 : 1;
  return i < pattern.size() ? i : kNone;
}

bool set_holds(std::string_view set, char c) {
  const bool negated = set.starts_with('!') || set.starts_with('^');
  if (negated) set.remove_prefix(1);
  const auto byte = static_cast<unsigned char>(c);
  bool found = false;
  for (std::size_t i = 0; i < set.size(); ++i) {
    if (set[i] == '\\' && i + 1 < set.size()) ++i;
    const auto first = static_cast<unsigned char>(set[i]);
    auto last = first;
    if (i + 2 < set.size() && set[i + 1] == '-') {
      i += 2;
      if (set[i] == '\\' && i + 1 < set.size()) ++i;
      last = static_cast<unsigned char>(set[i]);
    }
    found = found || (byte >= first && byte <= last);
  }
  return found != negated;
}

// Matches one element of the pattern (not '*') against a character; its size in the pattern, 0 where it does not fit.
std::size_t match_one(std::string_view pattern, std::size_t at, char c) {
  switch (pattern[at]) {
    case '?':
      return 1;
    case '[':
      if (const std::size_t end = set_end(pattern, at); end != kNone) {
        return set_holds(pattern.substr(at + 1, end - at - 1), c) ? end + 1 - at : 0;
      }
      return c == '[' ? 1 : 0;
    case '\\':
      if (at + 1 < pattern.size()) return pattern[at + 1] == c ? 2 : 0;
      return c == '\\' ? 1 : 0;
    default:
      return pattern[at] == c ? 1 : 0;
  }
}

std::string without_escapes(std::string_view segment) {
  std::string text;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    if (segment[i] == '\\' && i + 1 < segment.size()) ++i;
    text += segment[i];
  }
  return text;
}

bool only_escapes(std::string_view segment) {
  return segment.find_first_of("*?[") == kNone;
}

std::vector<std::string_view> split_path(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (end > 0) parts.push_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return parts;
}

// The first brace group of a pattern: its braces and the commas between its parts.
struct BraceGroup {
  std::size_t open = kNone, close = kNone;
  std::vector<std::size_t> commas;
};

BraceGroup first_group(std::string_view pattern) {
  std::vector<BraceGroup> stack;
  BraceGroup outermost;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\\') {
      ++i;
    } else if (c == '{') {
      stack.push_back({i, kNone, {}});
    } else if (c == ',' && !stack.empty()) {
      stack.back().commas.push_back(i);
    } else if (c == '}' && !stack.empty()) {
      BraceGroup group = std::move(stack.back());
      stack.pop_back();
      group.close = i;
      if (!group.commas.empty() && group.open < outermost.open) outermost = std::move(group);
      if (stack.empty() && outermost.open != kNone) return outermost;
    }
  }
  return outermost;
}

std::string join(const std::string& folder, std::string_view name) {
  std::string path = folder;
  if (!path.ends_with('/')) path += '/';
  path += name;
  return path;
}

}  // namespace

std::vector<std::string> expand_braces(std::string_view pattern, std::size_t limit) {
  std::vector<std::string> done;
  std::vector<std::string> open{std::string(pattern)};
  while (!open.empty()) {
    std::string next = std::move(open.back());
    open.pop_back();
    const BraceGroup group = first_group(next);
    if (group.open == kNone || done.size() + open.size() + group.commas.size() + 1 > limit) {
      done.push_back(std::move(next));
      continue;
    }
    std::vector<std::size_t> ends = group.commas;
    ends.push_back(group.close);
    // From the last to the first, so that the first is taken next.
    for (std::size_t i = ends.size(); i-- > 0;) {
      const std::size_t begin = (i == 0 ? group.open : ends[i - 1]) + 1;
      open.push_back(next.substr(0, group.open) + next.substr(begin, ends[i] - begin) + next.substr(group.close + 1));
    }
  }
  return done;
}

bool matches_name(std::string_view pattern, std::string_view name) {
  if (name.starts_with('.') && (pattern.starts_with('*') || pattern.starts_with('?') || pattern.starts_with('['))) {
    return false;
  }
  std::size_t p = 0, n = 0, star = kNone, retry = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = n;
      continue;
    }
    const std::size_t size = p < pattern.size() ? match_one(pattern, p, name[n]) : 0;
    if (size > 0) {
      p += size;
      ++n;
    } else if (star != kNone) {
      // The last star takes one character more; an earlier one need not.
      p = star + 1;
      n = ++retry;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

PathGlob::PathGlob(std::string_view pattern) {
  for (const std::string_view segment : split_path(pattern)) {
    if (segment == "." || (segment == "**" && !segments_.empty() && segments_.back() == "**")) continue;
    segments_.emplace_back(segment);
  }
  if (!segments_.empty() && segments_.back() == "**") segments_.emplace_back("*");
}

bool PathGlob::matches(std::string_view path) const {
  const std::vector<std::string_view> names = split_path(path);
  // fits[i]: the names so far fit the first i segments.
  std::vector<bool> fits(segments_.size() + 1, false);
  fits[0] = true;
  for (std::size_t i = 0; i < segments_.size() && segments_[i] == "**"; ++i) fits[i + 1] = true;
  for (const std::string_view name : names) {
    std::vector<bool> next(segments_.size() + 1, false);
    for (std::size_t i = 0; i < segments_.size(); ++i) {
      if (segments_[i] == "**") {
        next[i + 1] = next[i] || (fits[i + 1] && !name.starts_with('.'));
      } else {
        next[i + 1] = fits[i] && matches_name(segments_[i], name);
      }
    }
    fits = std::move(next);
  }
  return fits.back() && !names.empty();
}

// One look at the disk.
class PathGlob::Walk {
 public:
  Walk(const std::vector<std::string>& segments, const Visitor& visitor) : segments_(segments), visitor_(visitor) {}

  void enter(const std::string& folder, std::size_t at, int depth) {
    if (at >= segments_.size() || depth > kDeepest || !seen_.emplace(folder, at).second) return;
    const std::string& segment = segments_[at];
    const bool is_last = at + 1 == segments_.size();
    if (segment == "**") {
      enter(folder, at + 1, depth);
      if (visitor_.folder) visitor_.folder(folder, at + 2 == segments_.size());
      for (const Entry& entry : list(folder)) {
        if (entry.is_folder && !entry.is_link && !entry.name.starts_with('.')) {
          enter(join(folder, entry.name), at, depth + 1);
        }
      }
    } else if (only_escapes(segment)) {
      enter_literal(folder, at, depth);
    } else {
      if (visitor_.folder) visitor_.folder(folder, is_last);
      for (const Entry& entry : list(folder)) {
        if (!matches_name(segment, entry.name)) continue;
        const std::string path = join(folder, entry.name);
        if (!is_last && entry.is_folder) enter(path, at + 1, depth + 1);
        if (is_last && !entry.is_folder) visitor_.file(path);
      }
    }
  }

 private:
  struct Entry {
    std::string name;
    bool is_folder = false;
    bool is_link = false;
    bool operator<(const Entry& other) const { return name < other.name; }
  };

  void enter_literal(const std::string& folder, std::size_t at, int depth) {
    const std::string path = join(folder, without_escapes(segments_[at]));
    const bool is_last = at + 1 == segments_.size();
    struct stat status {};
    const int error = ::stat(path.c_str(), &status) == 0 ? 0 : errno;
    // Where the way goes on, what stands behind is watched instead.
    if (visitor_.folder && (is_last || error != 0)) visitor_.folder(folder, is_last);
    if (error != 0) {
      if (error != ENOENT && error != ENOTDIR && visitor_.problem) visitor_.problem(path, error);
      return;
    }
    if (is_last && !S_ISDIR(status.st_mode)) visitor_.file(path);
    if (!is_last && S_ISDIR(status.st_mode)) enter(path, at + 1, depth + 1);
  }

  std::vector<Entry> list(const std::string& folder) {
    std::vector<Entry> entries;
    DIR* directory = ::opendir(folder.c_str());
    if (directory == nullptr) {
      if (errno != ENOENT && errno != ENOTDIR && visitor_.problem) visitor_.problem(folder, errno);
      return entries;
    }
    while (const dirent* row = ::readdir(directory)) {
      const std::string_view name = row->d_name;
      if (name == "." || name == "..") continue;
      Entry entry{std::string(name), row->d_type == DT_DIR, row->d_type == DT_LNK};
      if (row->d_type == DT_LNK || row->d_type == DT_UNKNOWN) {
        struct stat status {};
        const std::string path = join(folder, name);
        entry.is_link = ::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
        entry.is_folder = ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
      }
      entries.push_back(std::move(entry));
    }
    ::closedir(directory);
    std::sort(entries.begin(), entries.end());
    return entries;
  }

  const std::vector<std::string>& segments_;
  const Visitor& visitor_;
  std::set<std::pair<std::string, std::size_t>> seen_;  // several `**` reach a folder on many ways
};

void PathGlob::walk(const Visitor& visitor) const {
  Walk(segments_, visitor).enter("/", 0, 0);
}

PathSelection::PathSelection(const std::vector<std::string>& paths, const std::vector<std::string>& exclude,
                             const std::string& working_folder) {
  const auto add = [&working_folder](const std::string& pattern, std::vector<PathGlob>& to) {
    for (const std::string& one : expand_braces(pattern)) {
      to.emplace_back(one.starts_with('/') ? one : join(working_folder, one));
    }
  };
  for (const std::string& pattern : paths) add(pattern, globs_);
  for (const std::string& pattern : exclude) {
    if (pattern.find('/') != std::string::npos) {
      add(pattern, excluded_);
    } else {
      for (std::string& name : expand_braces(pattern)) excluded_names_.push_back(std::move(name));
    }
  }
}

bool PathSelection::is_excluded(std::string_view path) const {
  const std::string_view name = name_of(path);
  return std::ranges::any_of(excluded_names_, [name](const std::string& one) { return matches_name(one, name); }) ||
         std::ranges::any_of(excluded_, [path](const PathGlob& glob) { return glob.matches(path); });
}

bool PathSelection::matches(std::string_view path) const {
  return std::ranges::any_of(globs_, [path](const PathGlob& glob) { return glob.matches(path); }) && !is_excluded(path);
}

void PathSelection::walk(const PathGlob::Visitor& visitor) const {
  PathGlob::Visitor selected = visitor;
  selected.file = [&](const std::string& path) {
    if (!is_excluded(path)) visitor.file(path);
  };
  for (const PathGlob& glob : globs_) glob.walk(selected);
}

std::string folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == kNone) return ".";
  return slash == 0 ? "/" : std::string(path.substr(0, slash));
}

std::string_view name_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == kNone ? path : path.substr(slash + 1);
}

}  // namespace tocsin
