#include "registry/system_authorities.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace whittle::registry {
namespace {
namespace fs = std::filesystem;

class SystemAuthorities : public ::testing::Test {
 protected:
  SystemAuthorities() {
    std::string name = (fs::temp_directory_path() / "authorities.XXXXXX").native();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    root_ = name;
  }
  ~SystemAuthorities() override { fs::remove_all(root_); }
  void put(const std::string& file) {
    fs::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << "x";
  }
  fs::path root_;
};

TEST_F(SystemAuthorities, AreWhereADistributionHasThem) {
  EXPECT_EQ(system_authorities(root_), "");
  put("etc/ssl/ca-bundle.pem");
  EXPECT_EQ(system_authorities(root_), root_ / "etc/ssl/ca-bundle.pem");
  put("etc/ssl/certs/ca-certificates.crt");
  EXPECT_EQ(system_authorities(root_), root_ / "etc/ssl/certs/ca-certificates.crt");
}

TEST_F(SystemAuthorities, AreFoundBehindALinkAndNotInAFolder) {
  put("etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem");
  fs::create_directories(root_ / "etc/ssl/certs/ca-certificates.crt");
  EXPECT_EQ(system_authorities(root_), root_ / "etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem");
  fs::create_symlink("gone", root_ / "etc/ssl/cert.pem");
  fs::remove_all(root_ / "etc/pki");
  EXPECT_EQ(system_authorities(root_), "");
}

}  // namespace
}  // namespace whittle::registry
