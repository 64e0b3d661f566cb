//! Supported versions of MariaDB and MySQL.

/// The oldest version with window functions, common table expressions and CHECK constraints.
const OLDEST_MARIADB: (u32, u32, u32) = (10, 6, 0);
/// The oldest version with these and a collation in which trailing blanks count.
const OLDEST_MYSQL: (u32, u32, u32) = (8, 0, 17);

/// Checks a server's version; the error is the reason as text. `maria` is true when the URL names MariaDB.
pub(super) fn check(version: &str, maria: bool) -> Result<(), String> {
    let is_maria = is_maria(version);
    if maria && !is_maria {
        return Err(format!("the server is MySQL {version}: write mysql:// instead of mariadb://"));
    }
    if !maria && is_maria {
        return Err(format!("the server is {version}: write mariadb:// instead of mysql://"));
    }
    // A proxy may put `5.5.5-` before the version of a MariaDB, for old clients.
    let number = version.strip_prefix("5.5.5-").filter(|_| is_maria).unwrap_or(version);
    let mut parts = number.split(|letter: char| !letter.is_ascii_digit()).map(|part| part.parse::<u32>().ok());
    let (Some(Some(major)), Some(Some(minor)), patch) = (parts.next(), parts.next(), parts.next().flatten()) else {
        return Err(format!("the server says that its version is {version}, which is not understood"));
    };
    let (name, oldest) = if is_maria { ("MariaDB", OLDEST_MARIADB) } else { ("MySQL", OLDEST_MYSQL) };
    if (major, minor, patch.unwrap_or_default()) < oldest {
        let (major, minor, patch) = oldest;
        return Err(format!("the server is {name} {version}, and {major}.{minor}.{patch} or newer is needed"));
    }
    Ok(())
}

fn is_maria(version: &str) -> bool {
    version.to_ascii_lowercase().contains("mariadb")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn old_servers_are_refused_with_their_version() {
        assert_eq!(check("10.11.19-MariaDB-0+deb12u1", true), Ok(()));
        assert_eq!(check("5.5.5-10.6.4-MariaDB", true), Ok(()));
        assert_eq!(check("11.4.2-MariaDB", true), Ok(()));
        assert_eq!(check("8.0.36", false), Ok(()));
        let old = check("10.5.1-MariaDB", true).unwrap_err();
        assert_eq!(old, "the server is MariaDB 10.5.1-MariaDB, and 10.6.0 or newer is needed");
        assert!(check("5.7.44-log", false).unwrap_err().contains("MySQL 5.7.44-log, and 8.0"));
        assert!(check("8.0.16", false).unwrap_err().contains("8.0.17 or newer"));
        let other = check("11.4.2-MariaDB", false).unwrap_err();
        assert_eq!(other, "the server is 11.4.2-MariaDB: write mariadb:// instead of mysql://");
        assert!(check("8.4.0", true).unwrap_err().ends_with("write mysql:// instead of mariadb://"));
        assert!(check("eight", false).unwrap_err().contains("not understood"));
    }
}
