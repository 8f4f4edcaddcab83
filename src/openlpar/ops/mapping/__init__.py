"""What virtual SCSI and virtual Fibre Channel mappings have in common; ``scsi`` and ``vfc`` say what differs."""
