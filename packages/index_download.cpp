#include "packages/index_download.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "common/digest.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/parallel.hpp"
#include "common/text.hpp"
#include "layers/compression.hpp"
#include "packages/package_index.hpp"
#include "packages/xz_source.hpp"

namespace whittle::packages {
namespace {

constexpr std::array<std::string_view, 4> endings{".xz", ".zst", ".gz", ""};

// A form of the index that the release names.
struct Form {
  std::string_view ending;
  std::string path;  // below dists/SUITE
  ReleaseEntry entry;
};

std::vector<Form> forms_of(const std::string& path, const ReleaseFile& release) {
  std::vector<Form> forms;
  for (const auto ending : endings)
    if (const auto* entry = release.find(path + std::string(ending)))
      forms.push_back({ending, path + std::string(ending), *entry});
  std::ranges::stable_sort(forms, {}, [](const Form& form) { return form.entry.size; });
  return forms;
}

// Tells how far it is.
class ProgressSource final : public ByteSource {
 public:
  ProgressSource(std::unique_ptr<ByteSource> inner, std::unique_ptr<Task> task, std::stop_token stop)
      : inner_(std::move(inner)), task_(std::move(task)), stop_(std::move(stop)) {}
  std::size_t read(MutableBytes buffer) override {
    throw_if_stopped(stop_);
    const auto count = inner_->read(buffer);
    task_->advance(count);
    return count;
  }

 private:
  std::unique_ptr<ByteSource> inner_;
  std::unique_ptr<Task> task_;
  std::stop_token stop_;
};

std::unique_ptr<ByteSource> decode(std::unique_ptr<ByteSource> source, std::string_view ending,
                                   const std::string& what) {
  if (ending == ".xz") return decode_xz(std::move(source), what);
  return ending.empty() ? std::move(source) : layers::decompress(std::move(source), what);
}

class Fetcher {
 public:
  Fetcher(const IndexDownload& download, const ReleaseEntry& plain, const PackageContext& context)
      : download_(download), plain_(plain), context_(context) {}

  // False when the mirror has nothing there.
  bool fetch(const Form& form, std::string_view path) {
    const auto url = archive_url(download_.root, fmt::format("dists/{}/{}", download_.suite, path));
    auto source = context_.web.open(url, {download_.what, form.entry.size, form.entry.size});
    if (!source) return false;
    source = std::make_unique<ProgressSource>(
        std::move(source), context_.reporter.start(download_.what, form.entry.size), context_.stop);
    source = std::make_unique<VerifiedSource>(std::move(source), to_digest(form.entry.digest),
                                              form.entry.size, url);
    source = std::make_unique<VerifiedSource>(decode(std::move(source), form.ending, url),
                                              to_digest(plain_.digest), plain_.size, url);
    const auto target = index_path(context_, plain_);
    make_directories(target.parent_path());
    AtomicFile file(target.parent_path());
    pump(*source, file);
    file.commit(target.filename(), AtomicFile::Durability::content);
    return true;
  }

 private:
  const IndexDownload& download_;
  const ReleaseEntry& plain_;
  const PackageContext& context_;
};

std::vector<std::string> paths_of(const Form& form, const ReleaseFile& release) {
  std::vector<std::string> paths{form.path};
  if (release.by_hash) {
    const auto folder = form.path.substr(0, form.path.rfind('/'));
    paths.insert(paths.begin(), fmt::format("{}/by-hash/SHA256/{}", folder, to_hex(form.entry.digest)));
  }
  return paths;
}

bool is_cached(const std::filesystem::path& path, std::uint64_t size) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         static_cast<std::uint64_t>(status.st_size) == size;
}

}  // namespace

std::string archive_url(std::string_view root, std::string_view path) {
  static constexpr std::string_view special = "%?#\"<>\\^`{|}[] ";
  std::string url(root.substr(0, root.find_last_not_of('/') + 1));
  url += '/';
  for (const char c : path)
    url += special.find(c) == std::string_view::npos ? std::string(1, c)
                                                     : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return url;
}

std::filesystem::path index_path(const PackageContext& context, const ReleaseEntry& plain) {
  return context.cache / "indexes" / to_hex(plain.digest);
}

std::optional<std::string> fetch_index(const IndexDownload& download, const ReleaseFile& release,
                                       const PackageContext& context) {
  const auto path = download.folder + "/Packages";
  const auto forms = forms_of(path, release);
  if (forms.empty()) throw Error(ErrorKind::not_found, fmt::format("there is no {}", download.what));
  const auto* plain = release.find(path);
  if (plain == nullptr)
    throw Error(ErrorKind::unsupported,
                fmt::format("the release has no digest of the plain {}", download.what));
  if (plain->size > PackageIndex::size_limit)
    throw Error(ErrorKind::limit, fmt::format("{} has {} bytes; at most {} are read", download.what,
                                              plain->size, PackageIndex::size_limit));
  if (plain->size == 0 || is_cached(index_path(context, *plain), plain->size)) return std::nullopt;
  std::string why = fmt::format("the mirror does not have {}", download.what);
  Fetcher fetcher(download, *plain, context);
  for (const auto& form : forms) {
    for (const auto& one : paths_of(form, release)) {
      try {
        if (fetcher.fetch(form, one)) return std::nullopt;
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::integrity) throw;
        why = error.message();
      }
    }
  }
  return why;
}

}  // namespace whittle::packages
