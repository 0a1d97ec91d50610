#include "tests/support/package_archive.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <stdexcept>

#include "common/digest.hpp"
#include "common/file.hpp"

namespace whittle::test {
namespace {

using Files = std::vector<std::pair<std::string, std::string>>;

struct FreeArchive {
  void operator()(archive* one) const { archive_write_free(one); }
  void operator()(archive_entry* one) const { archive_entry_free(one); }
};
using Writer = std::unique_ptr<archive, FreeArchive>;

la_ssize_t append(archive*, void* out, const void* bytes, std::size_t size) {
  static_cast<std::string*>(out)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

void check_archive(const Writer& writer, int result) {
  if (result != ARCHIVE_OK) throw std::runtime_error(archive_error_string(writer.get()));
}

void add_filter(const Writer& writer, std::string_view ending) {
  if (ending == ".xz") check_archive(writer, archive_write_add_filter_xz(writer.get()));
  if (ending == ".gz") check_archive(writer, archive_write_add_filter_gzip(writer.get()));
  if (ending == ".zst") check_archive(writer, archive_write_add_filter_zstd(writer.get()));
  if (ending == ".gz")
    check_archive(writer, archive_write_set_filter_option(writer.get(), "gzip", "timestamp", nullptr));
}

std::string pack(int (*format)(archive*), std::string_view ending, const Files& files) {
  std::string bytes;
  Writer writer(archive_write_new());
  check_archive(writer, format(writer.get()));
  add_filter(writer, ending);
  check_archive(writer, archive_write_set_bytes_in_last_block(writer.get(), 1));
  check_archive(writer, archive_write_open(writer.get(), &bytes, nullptr, append, nullptr));
  for (const auto& [path, content] : files) {
    const std::unique_ptr<archive_entry, FreeArchive> entry(archive_entry_new());
    archive_entry_set_pathname(entry.get(), path.c_str());
    const bool folder = path.ends_with('/');
    archive_entry_set_filetype(entry.get(), folder ? AE_IFDIR : AE_IFREG);
    archive_entry_set_perm(entry.get(), folder ? 0755 : 0644);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
    archive_entry_set_mtime(entry.get(), 0, 0);
    check_archive(writer, archive_write_header(writer.get(), entry.get()));
    archive_write_data(writer.get(), content.data(), content.size());
  }
  check_archive(writer, archive_write_close(writer.get()));
  return bytes;
}

std::string control_of(const TestPackage& package) {
  auto text =
      fmt::format("Package: {}\nVersion: {}\nArchitecture: {}\nMaintainer: Nobody <nobody@example.com>\n",
                  package.name, package.version, package.architecture);
  for (const auto& [name, value] : package.fields) text += fmt::format("{}: {}\n", name, value);
  return text + "Description: a package of a test\n";
}

std::string size_and_digest(std::string_view bytes) {
  return fmt::format("{} {}", Digest::of(bytes).hex(), bytes.size());
}

void write(const std::filesystem::path& path, std::string_view bytes) {
  make_directories(path.parent_path());
  write_file(path, bytes, AtomicFile::Durability::content);
}

}  // namespace

std::string compressed(std::string_view bytes, std::string_view ending) {
  return ending.empty() ? std::string(bytes)
                        : pack(archive_write_set_format_raw, ending, {{"x", std::string(bytes)}});
}

std::string make_deb(const TestPackage& package) {
  Files files{{"./", ""}};
  for (const auto& [path, content] : package.files) {
    for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      const auto folder = "./" + path.substr(0, slash + 1);
      if (std::ranges::find(files, folder, &std::pair<std::string, std::string>::first) == files.end())
        files.emplace_back(folder, "");
    }
    files.emplace_back("./" + path, content);
  }
  return pack(archive_write_set_format_ar_bsd, "",
              {{"debian-binary", "2.0\n"},
               {"control.tar.gz", pack(archive_write_set_format_ustar, ".gz",
                                       {{"./", ""}, {"./control", control_of(package)}})},
               {"data.tar.xz", pack(archive_write_set_format_ustar, ".xz", files)}});
}

std::string release_date(std::uint32_t seconds) {
  static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto time = fmt::gmtime(static_cast<std::time_t>(seconds));
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} UTC", days[time.tm_wday], time.tm_mday,
                     months[time.tm_mon], time.tm_year + 1900, time.tm_hour, time.tm_min, time.tm_sec);
}

TestPackageArchive::TestPackageArchive(std::filesystem::path folder, TestArchiveOptions options)
    : folder_(std::move(folder)), options_(std::move(options)) {}

packages::PinnedPackage TestPackageArchive::add(TestPackage package) {
  if (package.deb.empty()) package.deb = make_deb(package);
  // An epoch is no part of a file's name.
  const auto version = package.version.substr(package.version.find(':') + 1);
  const auto path = fmt::format("pool/{}/{}/{}_{}_{}.deb", package.component, package.name, package.name,
                                version, package.architecture);
  packages::PinnedPackage pinned{package.name, package.version,    package.architecture,
                                 path,         package.deb.size(), Digest::of(package.deb)};
  packages_.emplace_back(std::move(package), pinned);
  return pinned;
}

std::string TestPackageArchive::packages_file(const std::string& component,
                                              const std::string& architecture) const {
  std::string text;
  for (const auto& [package, pinned] : packages_) {
    const bool fits =
        package.architecture == architecture || (package.architecture == "all" && !options_.all_apart);
    if (!fits || package.component != component) continue;
    text += control_of(package) + fmt::format("Filename: {}\nSize: {}\nSHA256: {}\n\n", pinned.path,
                                              pinned.size, pinned.digest.hex());
  }
  return text;
}

std::map<std::string, std::string> TestPackageArchive::indexes() const {
  auto architectures = options_.architectures;
  if (options_.all_apart) architectures.emplace_back("all");
  std::map<std::string, std::string> files;
  for (const auto& component : options_.components)
    for (const auto& architecture : architectures)
      for (const auto& form : options_.forms)
        files.emplace(fmt::format("{}/binary-{}/Packages{}", component, architecture, form),
                      compressed(packages_file(component, architecture), form));
  return files;
}

std::string TestPackageArchive::release() const {
  std::string text = fmt::format("Origin: Test\nSuite: {}\nCodename: {}\nDate: {}\n", options_.suite,
                                 options_.codename, release_date(options_.date));
  if (options_.valid_until) text += fmt::format("Valid-Until: {}\n", release_date(*options_.valid_until));
  text += fmt::format("Acquire-By-Hash: {}\nArchitectures: {}{}\n", options_.by_hash ? "yes" : "no",
                      options_.all_apart ? "all " : "", fmt::join(options_.architectures, " "));
  for (const auto& [name, value] : options_.release_fields) text += fmt::format("{}: {}\n", name, value);
  text += fmt::format("Components: {}\nSHA256:\n", fmt::join(options_.components, " "));
  auto files = indexes();
  auto architectures = options_.architectures;
  if (options_.all_apart) architectures.emplace_back("all");
  for (const auto& component : options_.components)
    for (const auto& architecture : architectures)
      files.emplace(fmt::format("{}/binary-{}/Packages", component, architecture),
                    packages_file(component, architecture));
  for (const auto& [path, bytes] : files) text += fmt::format(" {} {}\n", size_and_digest(bytes), path);
  return text;
}

void TestPackageArchive::sign(const std::string& release, const SignOptions& options) {
  write(dist() / "InRelease", key_.clear_sign(release, options));
}

void TestPackageArchive::publish() {
  std::filesystem::remove_all(dist());
  for (const auto& [package, pinned] : packages_) write(folder_ / pinned.path, package.deb);
  for (const auto& [path, bytes] : indexes()) {
    write(dist() / path, bytes);
    if (options_.by_hash)
      write((dist() / path).parent_path() / "by-hash" / "SHA256" / Digest::of(bytes).hex(), bytes);
  }
  sign(release(), {options_.date, 0, "SHA256"});
}

packages::PackageArchive TestPackageArchive::archive(const std::string& uri) const {
  return {{uri}, options_.suite, options_.components, {{{}, key_.public_key()}}};
}

}  // namespace whittle::test
