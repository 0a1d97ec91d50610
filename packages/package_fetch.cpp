#include "packages/package_fetch.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <exception>
#include <memory>
#include <utility>

#include "common/error.hpp"
#include "common/file.hpp"
#include "common/parallel.hpp"
#include "common/text.hpp"

namespace whittle::packages {
namespace {

std::string title(const PinnedPackage& package) {
  return fmt::format("package {} {} ({})", package.name, package.version, package.architecture);
}

std::filesystem::path cache_path(const PinnedPackage& package, const PackageContext& context) {
  return context.cache / "debs" / package.digest.hex();
}

void keep(std::unique_ptr<ByteSource> source, const PinnedPackage& package,
          const std::filesystem::path& target, const PackageContext& context) {
  VerifiedSource verified(std::move(source), package.digest, package.size, title(package));
  make_directories(target.parent_path());
  AtomicFile file(target.parent_path());
  const auto task = context.reporter.start(title(package), package.size);
  std::vector<std::byte> buffer(stream_buffer_size);
  for (auto count = verified.read(buffer); count > 0; count = verified.read(buffer)) {
    throw_if_stopped(context.stop);
    file.write(Bytes(buffer).first(count));
    task->advance(count);
  }
  file.commit(target.filename(), AtomicFile::Durability::content);
}

// False when the mirror does not have it.
bool fetch_from(const std::string& root, const PinnedPackage& package, const std::filesystem::path& target,
                const PackageContext& context) {
  const auto url = archive_url(root, package.path);
  auto source = context.web.open(url, {title(package), package.size, package.size});
  if (!source) return false;
  keep(std::move(source), package, target, context);
  return true;
}

}  // namespace

std::optional<std::filesystem::path> find_package(const PinnedPackage& package,
                                                  const PackageContext& context) {
  auto path = cache_path(package, context);
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  try {
    VerifiedSource verified(std::make_unique<FileSource>(path), package.digest, package.size, title(package));
    CountingSink counted;
    pump(verified, counted);
    return path;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::integrity && error.kind() != ErrorKind::not_found) throw;
  }
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  return std::nullopt;
}

std::filesystem::path keep_package(const PinnedPackage& package, std::unique_ptr<ByteSource> source,
                                   const PackageContext& context) {
  auto target = cache_path(package, context);
  keep(std::move(source), package, target, context);
  return target;
}

std::filesystem::path fetch_package(const PinnedPackage& package, const std::vector<std::string>& roots,
                                    const PackageContext& context) {
  if (package.size > package_size_limit)
    throw Error(ErrorKind::limit, fmt::format("{} has {} bytes; at most {} are fetched", title(package),
                                              package.size, package_size_limit));
  if (auto found = find_package(package, context)) return *found;
  const auto target = cache_path(package, context);
  std::exception_ptr failure;
  for (const auto& root : roots) {
    throw_if_stopped(context.stop);
    try {
      if (fetch_from(root, package, target, context)) return target;
    } catch (Error& error) {
      const auto kind = error.kind();
      if (kind != ErrorKind::network && kind != ErrorKind::registry && kind != ErrorKind::auth &&
          kind != ErrorKind::integrity)
        throw;
      error.context(fmt::format("fetching {}", title(package)));
      failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
  throw Error(ErrorKind::not_found, fmt::format("no package archive has {} any more", title(package)))
      .hint(
          "`whittle lock --update packages` chooses from what there is now; or add an archive that keeps old "
          "packages");
}

}  // namespace whittle::packages
