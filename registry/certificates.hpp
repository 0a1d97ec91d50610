// Whose certificates are believed, and which certificate is shown, by host: folders in the manner of Docker's
// certs.d, and what the user gave for this run.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "common/report.hpp"

namespace whittle::registry {

// A file for one host[:port], or, with an empty host, for every registry that a place names.
struct HostFile {
  std::string host;
  std::filesystem::path file;
};

struct CertificateOptions {
  std::vector<std::filesystem::path> folders = {};  // with folders HOST[:PORT]; the first that has one counts
  std::vector<HostFile> authorities = {};           // these count before what the folders hold
  std::vector<HostFile> certificates = {};
  std::vector<HostFile> keys = {};
};

// For connections to one host. Texts in PEM, "" where there is none.
struct TlsIdentity {
  std::string authorities;  // believed besides the system's
  std::string certificate;  // shown to a server that asks for one
  std::string key;
  std::filesystem::path certificate_file;  // for messages
  bool unverified = false;                 // the other side's certificate is not checked
};

// Reads what belongs to a host when it is first asked for. Thread-safe. Borrows the reporter.
class Certificates {
 public:
  Certificates(CertificateOptions options, Reporter& reporter)
      : options_(std::move(options)), reporter_(reporter) {}

  // That a place names the registry at this host[:port]: files without a host are for it. No redirect, token
  // service or mirror is ever named.
  void add_registry(const std::string& authority);

  // Whether the certificate of host[:port] is not to be checked.
  void set_unverified(const std::string& authority, bool unverified);

  // What connections to host[:port] use; nothing when nothing is set up for it. Error(auth) naming the file
  // that is wrong (hostile.md, 189).
  std::shared_ptr<const TlsIdentity> find(const std::string& authority);

 private:
  TlsIdentity read(const std::string& authority) const;
  void add_folder(const std::filesystem::path& folder, TlsIdentity& identity) const;
  std::filesystem::path given(const std::vector<HostFile>& files, const std::string& authority) const;

  CertificateOptions options_;
  Reporter& reporter_;
  std::mutex mutex_;
  std::set<std::string> registries_;
  std::set<std::string> unverified_;
  std::map<std::string, std::shared_ptr<const TlsIdentity>> found_;
};

}  // namespace whittle::registry
