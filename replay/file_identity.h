// What a followed file is known by, whatever it is called: device, inode, and a fingerprint of its first bytes, because
// the number of a deleted file is given to the next one, and a file can be emptied and filled anew. Values; no disk.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin {

struct FileNumber {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  auto operator<=>(const FileNumber&) const = default;
};

// Of the first 1 KiB, or of all there was where a file was shorter; it grows with the file.
struct Fingerprint {
  static constexpr std::size_t kBytes = 1024;

  std::uint32_t length = 0;
  std::uint64_t hash = 0;

  bool is_full() const { return length == kBytes; }
  // Whether a file that begins with `head` (its first kBytes, or all it has) may be the one the print was taken of.
  bool fits(std::string_view head) const;
  bool operator==(const Fingerprint&) const = default;
};

Fingerprint fingerprint_of(std::string_view head);

// The words under which a checkpoint keeps it (StreamCheckpoint::identity), one line of JSON.
struct FileIdentity {
  FileNumber number;
  Fingerprint print;
  std::string path;  // where it was last seen
  std::int64_t finished =
      0;  // when its end was reached for good, seconds since 1970; 0: it was not, or is not known to be

  std::string to_text() const;
  static std::optional<FileIdentity> parse(std::string_view text);
};

// --- names ---

// "app.log.3.gz", "app.log-20240101" and "app-20240101.log" are what "app.log" became: the path without what rotation
// and compression add to it. Files of one family are compared by their fingerprints, others never.
std::string family_of(std::string_view path);
// `path` is what a rotation makes of `original`, uncompressed: "app.log.1" of "app.log"; not "web-2.log" of
// "web-1.log".
bool is_rotated_form(std::string_view path, std::string_view original);
// Both are what a rotation makes of one file: "app.log.1" and "app.log.2".
bool are_rotated_siblings(std::string_view a, std::string_view b);
// The name says that a file was compressed, by gzip, zstd or something that can't be read here.
bool has_compressed_name(std::string_view path);

}  // namespace tocsin
