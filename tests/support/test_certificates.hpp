// Certificates made on the spot, right and wrong ones.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace whittle::test {

struct CertificateWish {
  std::string name = "test";            // common name
  std::vector<std::string> hosts = {};  // "DNS:localhost", "IP:127.0.0.1"
  int days = 1;                         // from now; negative: it has expired
  std::string passphrase = {};          // the key's
};

struct IssuedCertificate {
  std::string certificate;  // PEM
  std::string key;          // PEM
};

// An authority with a certificate of its own.
class TestAuthority {
 public:
  explicit TestAuthority(const std::string& name = "Test Authority");
  ~TestAuthority();
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;

  const std::string& certificate() const { return certificate_; }  // PEM
  IssuedCertificate issue(const CertificateWish& wish) const;

 private:
  struct Own;
  std::unique_ptr<Own> own_;
  std::string certificate_;
};

// For localhost and 127.0.0.1.
CertificateWish for_loopback();

}  // namespace whittle::test
