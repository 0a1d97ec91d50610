#include "deploying/manifest_files.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

#include "common/bytes.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/text.hpp"

namespace whittle::deploying {
namespace fs = std::filesystem;
namespace {

std::string named(const fs::path& path) {
  return escaped(path.native(), false, 4096);
}

class StreamSource final : public ByteSource {
 public:
  explicit StreamSource(int fd) : fd_(fd) {}
  std::size_t read(MutableBytes buffer) override {
    for (;;) {
      const auto count = ::read(fd_, buffer.data(), buffer.size());
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno != EINTR) throw_errno(errno, "reading standard input");
    }
  }

 private:
  int fd_;
};

class Reading {
 public:
  Reading(bool recursive, const ManifestLimits& limits) : recursive_(recursive), limits_(limits) {}

  void add(const fs::path& path, int standard_input) {
    std::error_code failure;
    if (path == "-") {
      StreamSource source(standard_input);
      take(path, read_all(source, limits_.file, "standard input"));
    } else if (fs::is_directory(path, failure)) {
      add_folder(path);
    } else {
      add_file(path);
    }
  }

  std::vector<ManifestFile> take_files() { return std::move(files_); }

 private:
  static bool is_manifest(const fs::path& path) {
    const auto extension = path.extension();
    return extension == ".yaml" || extension == ".yml" || extension == ".json";
  }

  void add_file(const fs::path& path) {
    FileSource source(path);
    take(path, read_all(source, limits_.file, named(path)));
  }

  void add_folder(const fs::path& folder) {
    std::vector<fs::path> paths;
    collect(folder, paths, 0);
    if (paths.empty())
      throw Error(ErrorKind::not_found,
                  fmt::format("there is no *.yaml, *.yml or *.json in {}", named(folder)))
          .hint(recursive_ ? "name the files" : "-R looks into the folders in it as well");
    std::sort(paths.begin(), paths.end());
    for (const auto& path : paths) add_file(path);
  }

  void collect(const fs::path& folder, std::vector<fs::path>& paths, unsigned depth) {
    constexpr unsigned deepest = 64;
    if (depth > deepest)
      throw Error(ErrorKind::limit, fmt::format("{} is deeper than {} folders", named(folder), deepest));
    std::error_code failure;
    for (auto entry = fs::directory_iterator(folder, failure); !failure && entry != fs::directory_iterator();
         entry.increment(failure)) {
      std::error_code ignored;
      if (entry->symlink_status(ignored).type() == fs::file_type::directory) {
        if (recursive_) collect(entry->path(), paths, depth + 1);
      } else if (is_manifest(entry->path()) && entry->is_regular_file(ignored)) {
        if (paths.size() >= limits_.files) too_many();
        paths.push_back(entry->path());
      }
    }
    if (failure) throw_errno(failure.value(), fmt::format("reading the folder {}", named(folder)));
  }

  void take(const fs::path& path, std::string text) {
    if (files_.size() >= limits_.files) too_many();
    size_ += text.size();
    if (size_ > limits_.all)
      throw Error(ErrorKind::limit,
                  fmt::format("the manifests have more than {} bytes together", limits_.all))
          .hint("resolve them in several runs");
    files_.push_back({path, std::move(text)});
  }

  [[noreturn]] void too_many() const {
    throw Error(ErrorKind::limit, fmt::format("there are more than {} manifests", limits_.files))
        .hint("resolve them in several runs");
  }

  bool recursive_;
  ManifestLimits limits_;
  std::vector<ManifestFile> files_;
  std::size_t size_ = 0;
};

}  // namespace

std::vector<ManifestFile> read_manifests(const std::vector<std::string>& names, bool recursive,
                                         int standard_input, const ManifestLimits& limits) {
  if (std::count(names.begin(), names.end(), "-") > 1)
    throw Error(ErrorKind::usage, "standard input can be read once: `-f -` is there twice");
  Reading reading(recursive, limits);
  for (const auto& name : names)
    in_context([] { return std::string("reading manifests"); }, [&] { reading.add(name, standard_input); });
  return reading.take_files();
}

}  // namespace whittle::deploying
