//! RecordIO: decimal length, a line feed, that many bytes, and at once the next length.

/// The most bytes that a record may have unless told otherwise. The first event of an operator's stream holds the whole state of a cluster.
pub const DEFAULT_LIMIT: usize = 256 * 1024 * 1024;

/// The most digits of a length.
const LENGTH_DIGITS: usize = 20;

/// A stream that is not RecordIO; nothing after this point can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordError {
    /// The length is not a decimal number.
    NotALength,
    /// The record is longer than allowed.
    TooLong {
        /// The length that was announced.
        length: u64,
        /// The limit.
        limit: usize,
    },
    /// The stream ended within a record.
    Truncated,
}

impl std::fmt::Display for RecordError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotALength => {
                f.write_str("the stream is not RecordIO: a record's length is not a number")
            }
            Self::TooLong { length, limit } => {
                write!(f, "a record of {length} bytes is longer than the limit of {limit}")
            }
            Self::Truncated => f.write_str("the stream ended within a record"),
        }
    }
}

impl std::error::Error for RecordError {}

/// Takes bytes as they come and gives whole records.
#[derive(Debug)]
pub struct Decoder {
    limit: usize,
    buffer: Vec<u8>,
    /// How much of the buffer has been given out.
    taken: usize,
    /// Set after an error: it repeats.
    broken: Option<RecordError>,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new(DEFAULT_LIMIT)
    }
}

impl Decoder {
    /// A decoder for records of at most `limit` bytes.
    #[must_use]
    pub const fn new(limit: usize) -> Self {
        Self { limit, buffer: Vec::new(), taken: 0, broken: None }
    }

    /// Adds bytes of the stream; call [`Decoder::next_record`] until it gives `None` before adding more, so that the memory in use stays
    /// below the limit and one chunk.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.broken.is_some() {
            return;
        }
        self.buffer.drain(..self.taken);
        self.taken = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole record, if it has come.
    ///
    /// # Errors
    /// The stream is not RecordIO, or a record is too long. The same error comes again and again.
    pub fn next_record(&mut self) -> Result<Option<&[u8]>, RecordError> {
        if let Some(error) = &self.broken {
            return Err(error.clone());
        }
        match self.locate() {
            Ok(Some((start, end))) => {
                self.taken = end;
                Ok(Some(&self.buffer[start..end]))
            }
            Ok(None) => Ok(None),
            Err(error) => {
                self.buffer = Vec::new();
                self.taken = 0;
                self.broken = Some(error.clone());
                Err(error)
            }
        }
    }

    /// What is wrong if the stream ends here: nothing between two records.
    ///
    /// # Errors
    /// The stream was broken, or ended within a record.
    pub fn finish(&self) -> Result<(), RecordError> {
        match &self.broken {
            Some(error) => Err(error.clone()),
            None if self.taken < self.buffer.len() => Err(RecordError::Truncated),
            None => Ok(()),
        }
    }

    /// Where the next record lies in the buffer.
    fn locate(&self) -> Result<Option<(usize, usize)>, RecordError> {
        let rest = &self.buffer[self.taken..];
        let Some(digits) = rest.iter().take(LENGTH_DIGITS + 1).position(|byte| *byte == b'\n')
        else {
            let plausible = rest.len() <= LENGTH_DIGITS && rest.iter().all(u8::is_ascii_digit);
            return if plausible { Ok(None) } else { Err(RecordError::NotALength) };
        };
        let text = std::str::from_utf8(&rest[..digits])
            .ok()
            .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        let length: u64 = text.and_then(|text| text.parse().ok()).ok_or(RecordError::NotALength)?;
        let too_long = || RecordError::TooLong { length, limit: self.limit };
        let length = usize::try_from(length)
            .ok()
            .filter(|length| *length <= self.limit)
            .ok_or_else(too_long)?;
        let start = self.taken + digits + 1;
        Ok((self.buffer.len() - start >= length).then_some((start, start + length)))
    }
}

/// One record, ready to be sent.
#[must_use]
pub fn encode(record: &[u8]) -> Vec<u8> {
    let length = record.len().to_string();
    let mut bytes = Vec::with_capacity(length.len() + 1 + record.len());
    bytes.extend_from_slice(length.as_bytes());
    bytes.push(b'\n');
    bytes.extend_from_slice(record);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All records of a stream that comes in pieces of `size` bytes.
    fn read_all(stream: &[u8], size: usize) -> Vec<Vec<u8>> {
        let mut decoder = Decoder::new(100);
        let mut records = Vec::new();
        for piece in stream.chunks(size) {
            decoder.push(piece);
            while let Some(record) = decoder.next_record().unwrap() {
                records.push(record.to_vec());
            }
        }
        decoder.finish().unwrap();
        records
    }

    #[test]
    fn records_do_not_depend_on_how_the_bytes_arrive() {
        let records: [&[u8]; 4] = [b"one", b"", b"with\nline\nfeeds", b"12\n34"];
        let stream: Vec<u8> = records.iter().flat_map(|record| encode(record)).collect();
        for size in 1..=stream.len() {
            assert_eq!(read_all(&stream, size), records, "pieces of {size}");
        }
    }

    #[test]
    fn what_is_not_a_length_breaks_the_stream_for_good() {
        for start in [
            "x",
            "-1\n",
            "+1\n",
            "1 \n",
            "\n",
            "1x",
            "123456789012345678901",
            "99999999999999999999\n",
            "{\"type\":1}",
        ] {
            let mut decoder = Decoder::new(100);
            decoder.push(start.as_bytes());
            let error = decoder.next_record().unwrap_err();
            decoder.push(b"3\nabc");
            assert_eq!(decoder.next_record(), Err(error), "{start}");
            assert!(decoder.buffer.is_empty());
        }
    }

    #[test]
    fn a_record_above_the_limit_is_refused_before_it_is_stored() {
        let mut decoder = Decoder::new(100);
        decoder.push(b"101\n");
        assert_eq!(decoder.next_record(), Err(RecordError::TooLong { length: 101, limit: 100 }));
        decoder.push(&[0; 50]);
        assert!(decoder.buffer.is_empty());
    }

    #[test]
    fn an_end_within_a_record_is_seen() {
        for start in ["3", "3\n", "3\nab"] {
            let mut decoder = Decoder::default();
            decoder.push(start.as_bytes());
            assert_eq!(decoder.next_record(), Ok(None));
            assert_eq!(decoder.finish(), Err(RecordError::Truncated), "{start}");
        }
    }
}
